"""What definitions refer to, and which of them are meant by patterns. Pure."""

from collections.abc import Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from matsuri.as_code.kinds import FILE_KINDS, FileKind
from matsuri.bootstrap.kinds import definition_kinds
from matsuri.config import Settings
from matsuri.definitions.model import Kind

Key = tuple[str, str]


@cache
def _kinds() -> Mapping[str, Kind[Any]]:
    # What refers to what is the same under any settings.
    return {each.name: each for each in definition_kinds(Settings())}


def references(kind: FileKind, name: str, body: Any) -> frozenset[Key]:
    """The kinds and names that a definition refers to, beside itself."""
    found = {(each.kind, each.name) for each in _kinds()[kind.name].references(body)}
    return frozenset(found - {(kind.name, name)})


def matching(keys: Iterable[Key], patterns: Collection[str]) -> set[Key]:
    """Those whose folder and name match one of the patterns, such as ``flags/Shop-*``.

    The name of a folder alone means everything in it.
    """
    return {
        (kind, name)
        for kind, name in keys
        if any(_matches(FILE_KINDS[kind].folder, name, pattern) for pattern in patterns)
    }


def _matches(folder: str, name: str, pattern: str) -> bool:
    pattern = pattern.rstrip("/")
    wanted, slash, rest = pattern.partition("/")
    return folder == wanted and (not slash or fnmatchcase(name, rest))


def is_pattern(text: str) -> bool:
    """Whether a text begins with the folder of a kind."""
    folder = text.rstrip("/").partition("/")[0]
    return any(each.folder == folder for each in FILE_KINDS.values())


def with_referred(keys: Iterable[Key], referred: Mapping[Key, Collection[Key]]) -> set[Key]:
    """``keys`` and all that they refer to, if by way of others, as far as ``referred`` knows it."""
    found: set[Key] = set()
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if key not in found and key in referred:
            found.add(key)
            waiting.extend(referred[key])
    return found
