"""Names of files for definitions: safe on every file system, and no two the same on any. Pure."""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

SUFFIX = ".yaml"

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)
_STEM_CHARS_MAX = 60
_DIGEST_CHARS = 8
_DIGEST_LIKE = re.compile(rf"(?:^|-)[0-9a-f]{{{_DIGEST_CHARS}}}$", re.ASCII | re.IGNORECASE)
# Names of devices, which Windows takes for the device with any suffix.
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul"}
    | {f"{each}{digit}" for each in ("com", "lpt") for digit in range(10)}
)


def file_names(names: Iterable[str], taken: Collection[str] = ()) -> Mapping[str, str]:
    """A file name for each of ``names``, none of which is among those ``taken``.

    It is the name itself, with a dash for what is not safe. Where that would be the name of
    another file as well, if only in another case, all of them get a digest of their names.
    """
    stems = {name: _stem(name) for name in names}
    used = {each.casefold() for each in taken}
    often = Counter(stem.casefold() for stem in stems.values())
    return {
        name: f"{stem}{SUFFIX}"
        if often[stem.casefold()] == 1
        and f"{stem}{SUFFIX}".casefold() not in used
        and _is_usable(stem)
        else _with_digest(stem, name)
        for name, stem in stems.items()
    }


def _stem(name: str) -> str:
    # A dash at the beginning would be an option to some programs.
    return _UNSAFE.sub("-", name).strip("-.")[:_STEM_CHARS_MAX].rstrip("-.")


def _is_usable(stem: str) -> bool:
    """Whether it is no device, and none of those names that are made with a digest."""
    is_device = stem.partition(".")[0].casefold() in _DEVICES
    return bool(stem) and not is_device and not _DIGEST_LIKE.search(stem)


def _with_digest(stem: str, name: str) -> str:
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:_DIGEST_CHARS]
    # What is before the first point must not be a device either.
    stem = stem.replace(".", "-")
    return f"{stem}-{digest}{SUFFIX}" if stem else f"{digest}{SUFFIX}"
