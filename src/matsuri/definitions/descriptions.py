"""What makes the description of a definition wrong. Pure."""

import re
from collections.abc import Iterator

from matsuri.definitions.model import Problem
from matsuri.kit.texts import is_storable

# Tabs and line breaks are what people write; the others steer terminals, or are seen by nobody.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def description_problems(
    text: str, *, chars_max: int, field: str = "description"
) -> Iterator[Problem]:
    """Why ``text`` cannot describe something, for people."""
    if len(text) > chars_max:
        yield Problem(field, f"has {len(text)} characters", f"at most {chars_max}")
    if _CONTROL.search(text) or not is_storable(text):
        yield Problem(
            field,
            "must not contain control characters other than tabs and line breaks, "
            "or lone surrogates",
        )
