"""Texts from definitions in comments, and layout. Pure."""

import json
import re

from matsuri.codegen.plan import Plan

_LINE_CHARS_MAX = 96
# They begin and end comments, and trigraphs.
_MARKS = re.compile(r"\*(?=/)|/(?=\*)|\?(?=\?)")


def comment_lines(text: str) -> list[str]:
    """``text`` as lines that end no comment and steer no tool, whatever is in it.

    Everything that is not printable goes, so do marks that turn the direction of writing. A line
    ends in no backslash, for that would go on in C++, and no line begins with an @ or a slash.
    """
    plain = "".join(char if char.isprintable() else "\n" for char in text)
    plain = _MARKS.sub(r"\g<0> ", plain)
    words = plain.split()
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + len(word) < _LINE_CHARS_MAX:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return [_steering_nothing(line) for line in lines]


def _steering_nothing(line: str) -> str:
    begin = "- " if line[0] in "@/#*" else ""
    return f"{begin}{line}{'.' if line.endswith(chr(92)) else ''}"


def header_lines(plan: Plan, form: str) -> list[str]:
    """What stands at the top of every file; the same for the same definitions."""
    return [
        f"Made by matsuri codegen --lang {form}. Change the definitions, not this file.",
        f"Definitions: {plan.version}",
    ]


def literal(text: str) -> str:
    """``text`` in quotes as JSON writes it: printable ASCII, which other languages read as well."""
    return json.dumps(text).replace("\x7f", "\\u007f")


def indented(lines: list[str], by: str) -> list[str]:
    """``lines`` one step further in."""
    return [f"{by}{line}" if line else line for line in lines]
