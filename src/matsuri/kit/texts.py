"""Values as texts, and which texts every store can keep."""

from collections.abc import Mapping
from typing import Any

import msgspec

NOT_STORABLE = "NUL characters or lone surrogates"


def as_texts(values: Mapping[str, Any]) -> dict[str, str]:
    """``values`` with the JSON text of each that is no text; nulls are left out.

    Raises ``TypeError``, ``ValueError`` or ``RecursionError`` for what JSON cannot write.
    """
    return {
        key: value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for key, value in values.items()
        if value is not None
    }


def is_storable(text: str) -> bool:
    """Whether ``text`` has a UTF-8 form, and no NUL: PostgreSQL keeps no other texts."""
    if "\x00" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """``text`` for a terminal: what would steer one, or end the line, is spelled out."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
