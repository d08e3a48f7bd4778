"""YAML texts as plain values, with the line of each. Pure.

It is the JSON-like part of YAML 1.2: ``yes``, ``1_000`` and ``2026-11-24`` are texts. Tags, anchors
and merged keys are refused, for nothing would be left of them when the file is next written.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from matsuri.as_code.problems import Lines, Place

DEPTH_MAX = 100

_INTEGER = re.compile(r"[-+]?[0-9]+", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_WORDS = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_DIGITS_MAX = 1000


class NotReadable(Exception):
    """A text is not the YAML that is read here; ``line`` counts from 1."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.line = line


class ReadText(NamedTuple):
    """What a text says; ``lines`` tells where each key and each item of a list begins."""

    value: Any
    lines: Lines


def read_yaml(text: str) -> ReadText:
    """The one document of a text; raises ``NotReadable``."""
    lines: dict[Place, int] = {}
    try:
        value = _Reader(iter(YAML(typ="rt", pure=True).parse(text)), lines).document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or error.context or "is no YAML")
        raise NotReadable(problem, 1 if mark is None else mark.line + 1) from None
    except YAMLError as error:
        raise NotReadable(str(error).partition("\n")[0], 1) from None
    except RecursionError:
        raise NotReadable("is nested too deeply", 1) from None
    return ReadText(value, lines)


class _Reader:
    """Builds values of a parser's events."""

    def __init__(self, events: Iterator[Any], lines: dict[Place, int]) -> None:
        self._events = events
        self._lines = lines

    def document(self) -> Any:
        """The value of the only document; ``None`` for an empty text."""
        self._next("StreamStartEvent")
        event = next(self._events)
        if _name(event) == "StreamEndEvent":
            return None
        value = self._value(next(self._events), ())
        self._next("DocumentEndEvent")
        after = next(self._events)
        if _name(after) != "StreamEndEvent":
            raise NotReadable("there is more than one document", _line(after))
        return value

    def _next(self, name: str) -> None:
        event = next(self._events)
        if _name(event) != name:
            raise NotReadable("is no YAML", _line(event))

    def _value(self, event: Any, place: Place) -> Any:
        if len(place) > DEPTH_MAX:
            raise NotReadable("is nested too deeply", _line(event))
        self._lines.setdefault(place, _line(event))
        if _name(event) == "AliasEvent" or getattr(event, "anchor", None) is not None:
            raise NotReadable("anchors and aliases are not taken here", _line(event))
        if getattr(event, "ctag", None) is not None and str(event.ctag) not in {"", "None"}:
            raise NotReadable("tags are not taken here", _line(event))
        if _name(event) == "MappingStartEvent":
            return self._mapping(place)
        if _name(event) == "SequenceStartEvent":
            return self._sequence(place)
        return _scalar(event)

    def _mapping(self, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while _name(event := next(self._events)) != "MappingEndEvent":
            if _name(event) != "ScalarEvent":
                raise NotReadable("a key must be a text", _line(event))
            # A key that looks like a number or a truth value is the text that it is.
            key = _sound(event)
            if key == "<<" and event.style is None:
                raise NotReadable("merged keys are not taken here", _line(event))
            if key in found:
                raise NotReadable(f"{key!r} is there twice", _line(event))
            self._lines[*place, key] = _line(event)
            found[key] = self._value(next(self._events), (*place, key))
        return found

    def _sequence(self, place: Place) -> list[Any]:
        found: list[Any] = []
        while _name(event := next(self._events)) != "SequenceEndEvent":
            found.append(self._value(event, (*place, len(found))))
        return found


def _sound(event: Any) -> str:
    """The text of a scalar, which has a form in UTF-8."""
    text = str(event.value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotReadable("there is a lone surrogate", _line(event)) from None
    return text


def _scalar(event: Any) -> Any:
    text = _sound(event)
    if event.style not in {None, ""}:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        if len(text) > _DIGITS_MAX:
            raise NotReadable("the number is too long", _line(event))
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if number in {float("inf"), float("-inf")}:
            raise NotReadable("the number is too large", _line(event))
        return number
    return text


def _name(event: Any) -> str:
    return type(event).__name__


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
