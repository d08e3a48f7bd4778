"""Identifiers for names that may be anything. Pure.

A name's identifier follows from the name alone, unless another name has the same one: then all of
them get a digest of their name. So a definition that is added may take an identifier away, which a
compiler tells, but never gives it to another definition silently.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable

_WORDS = re.compile(r"[A-Za-z0-9]+")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_DIGEST_CHARS = (6, 12, 64)

Case = Callable[[list[str]], str]


def pascal(words: list[str]) -> str:
    """``ShopOffer``."""
    return "".join(word[0].upper() + word[1:] for word in words)


def camel(words: list[str]) -> str:
    """``shopOffer``."""
    first, *rest = words
    lowered = first.lower() if first.isupper() else first[0].lower() + first[1:]
    return lowered + pascal(rest)


def snake(words: list[str]) -> str:
    """``shop_offer``."""
    return "_".join(hump.lower() for word in words for hump in _HUMPS.split(word))


def identifiers(
    names: Iterable[str], case: Case, reserved: frozenset[str] = frozenset()
) -> dict[str, str]:
    """An identifier for each name; all differ, and none is ``reserved``."""
    natural = {name: _natural(name, case, reserved) for name in sorted(set(names))}
    counts = Counter(natural.values())
    for chars in _DIGEST_CHARS:
        found = {
            name: identifier
            if counts[identifier] == 1
            else f"{identifier.rstrip('_')}_{_digest(name, chars)}"
            for name, identifier in natural.items()
        }
        if len(set(found.values())) == len(found):
            return found
    raise AssertionError("two names have the same SHA-256")


def _natural(name: str, case: Case, reserved: frozenset[str]) -> str:
    words = _WORDS.findall(_spelled(name)) or ["unnamed"]
    if words[0][0].isdigit():
        words[0] = f"n{words[0]}"
    identifier = case(words)
    return f"{identifier}_" if identifier in reserved else identifier


def _spelled(name: str) -> str:
    """``name`` in ASCII: letters and digits of other scripts by their number."""
    return "".join(
        char if char.isascii() else (f"u{ord(char):x}" if char.isalnum() else " ") for char in name
    )


def _digest(name: str, chars: int) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:chars]
