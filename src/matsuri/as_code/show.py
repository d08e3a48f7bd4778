"""Changes as people read them on a terminal. Pure."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click
import msgspec

from matsuri.as_code.changes import PlannedChange
from matsuri.as_code.differences import NOTHING, differences
from matsuri.as_code.write_yaml import write_yaml
from matsuri.kit.texts import printable
from matsuri.planning.drafts import ChangeAction

_VALUE_CHARS_MAX = 200
_SIGNS = {
    ChangeAction.CREATE: ("+", "green"),
    ChangeAction.UPDATE: ("~", "yellow"),
    ChangeAction.DELETE: ("-", "red"),
}
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def plan_lines(changes: Iterable[PlannedChange]) -> Iterator[str]:
    """The changes field by field, with colours."""
    for change in changes:
        sign, colour = _SIGNS[change.action]
        yield click.style(f"{sign} {title(change)}", fg=colour, bold=True)
        if change.action is not ChangeAction.UPDATE:
            continue
        for each in differences(change.before, change.after):
            if _is_long(each.before) or _is_long(each.after):
                yield f"    {printable(each.path)}:"
                before, after = (_lines(value) for value in (each.before, each.after))
                yield from (f"      {line}" for line in _unified(before, after))
                continue
            told = f"{_short(each.before)} -> {_short(each.after)}"
            yield f"    {printable(each.path)}: {told}"


def diff_lines(changes: Iterable[PlannedChange]) -> Iterator[str]:
    """The changes as lines of their files that come and go, with colours."""
    for change in changes:
        yield click.style(title(change), bold=True)
        before, after = (_document_lines(each) for each in (change.before, change.after))
        yield from (f"  {line}" for line in _unified(before, after))


def counts(changes: Iterable[PlannedChange]) -> str:
    """How many changes there are of each sort."""
    number = dict.fromkeys(ChangeAction, 0)
    for each in changes:
        number[each.action] += 1
    return (
        f"{number[ChangeAction.CREATE]} to create, {number[ChangeAction.UPDATE]} to change, "
        f"{number[ChangeAction.DELETE]} to delete"
    )


def title(change: PlannedChange) -> str:
    """What changes: its kind and its name."""
    return f"{change.kind.name} {printable(change.name)}"


def change_json(change: PlannedChange) -> dict[str, Any]:
    """A change for programs; what is not there before or after is missing."""
    return {
        "kind": change.kind.name,
        "name": change.name,
        "action": change.action.value,
        "differences": [
            {
                "path": each.path,
                **({} if each.before is NOTHING else {"before": each.before}),
                **({} if each.after is NOTHING else {"after": each.after}),
            }
            for each in differences(change.before, change.after)
        ],
    }


def _document_lines(document: Mapping[str, Any]) -> list[str]:
    return write_yaml(document).splitlines() if document else []


def _unified(before: list[str], after: list[str]) -> Iterator[str]:
    lines = difflib.unified_diff(before, after, lineterm="", n=2)
    for number, line in enumerate(lines):
        # The first two name files, of which there are none.
        if number > 1 and not line.startswith("@"):
            yield click.style(printable(line), fg=_COLOURS.get(line[:1]))


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and "\n" in value


def _lines(value: Any) -> list[str]:
    if value is NOTHING:
        return []
    return value.split("\n") if isinstance(value, str) else [_short(value)]


def _short(value: Any) -> str:
    if value is NOTHING:
        return "nothing"
    text = printable(msgspec.json.encode(value).decode())
    return text if len(text) <= _VALUE_CHARS_MAX else f"{text[: _VALUE_CHARS_MAX - 1]}…"
