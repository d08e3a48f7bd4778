"""Texts are looked for in every byte of files."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

# Other threads wait while one chunk is looked through.
_CHUNK_BYTES = 128 * 1024
# From here on, one look at every UUID is quicker than one for each that is wanted.
_UUIDS_EACH_MAX = 64
_UUID = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_UUID_WHOLE = re.compile(_UUID)
# Looked at from every byte on, for two may overlap.
_UUID_ANYWHERE = re.compile(rb"(?=(%s))" % _UUID)


class Found(NamedTuple):
    """What a search came to: files, bytes of them, and matches of each needle that has any."""

    files: int
    bytes: int
    matches: Mapping[str, int]


class Needles:
    """Texts to look for: each in a pass of its own, but many UUIDs in one."""

    def __init__(self, texts: Iterable[str]) -> None:
        needles = {text.encode("utf-8", "surrogatepass"): text for text in texts if text}
        uuids = {n: t for n, t in needles.items() if _UUID_WHOLE.fullmatch(n)}
        self._uuids = uuids if len(uuids) > _UUIDS_EACH_MAX else {}
        self._others = {n: t for n, t in needles.items() if n not in self._uuids}
        self.bytes_max = max(map(len, needles), default=0)

    def __bool__(self) -> bool:
        return bool(self._uuids or self._others)

    def count(self, data: bytes, begin: int = 0) -> Counter[str]:
        """How often each stands in ``data``; matches that end at or before ``begin`` are left out.

        Matches may overlap.
        """
        found: Counter[str] = Counter()
        for needle, text in self._others.items():
            place = data.find(needle)
            while place != -1:
                found[text] += place + len(needle) > begin
                place = data.find(needle, place + 1)
        if self._uuids:
            for match in _UUID_ANYWHERE.finditer(data):
                text_of = self._uuids.get(match[1])
                if text_of is not None and match.end(1) > begin:
                    found[text_of] += 1
        return +found


def search_file(path: Path, needles: Needles) -> tuple[int, Counter[str]]:
    """The bytes of ``path`` and the matches in them; none for a file that is gone."""
    found: Counter[str] = Counter()
    size = 0
    try:
        with path.open("rb") as file:
            tail = b""
            while chunk := file.read(_CHUNK_BYTES):
                found += needles.count(tail + chunk, begin=len(tail))
                size += len(chunk)
                tail = (tail + chunk)[1 - needles.bytes_max :] if needles.bytes_max > 1 else b""
    except FileNotFoundError:
        pass
    return size, found


def search_files(paths: Iterable[Path], needles: Needles) -> Found:
    """Every byte of these files."""
    found: Counter[str] = Counter()
    files = size = 0
    for path in paths:
        file_bytes, matches = search_file(path, needles)
        files += 1
        size += file_bytes
        found += matches
    return Found(files, size, found)


def files_under(folder: Path) -> Iterator[Path]:
    """Every file in ``folder`` and the folders in it, but no links; in order."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path
