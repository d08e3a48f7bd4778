"""Values and metadata travel as texts; what do validators make of them? Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from matsuri.events.schemas import Schema, SchemaProblem, number_instance
from matsuri.kit.numbers import parse_number

_UNUSABLE = "the validator cannot be used"
_NOTHING = object()


def value_problem(schema: Schema | None, value: str, *, numeric: bool) -> str:
    """What is wrong with an event's value; empty if it is good.

    A number is looked at as one where the event is ``numeric`` or the schema speaks of numbers.
    Any other value is looked at as the text that it is, then as what its JSON text says.
    """
    if schema is None:
        return _UNUSABLE
    number = parse_number(value)
    if number is not None and (numeric or schema.wants_number):
        return _said(schema.problem(number_instance(number)))
    problem = schema.problem(value)
    if problem is None:
        return ""
    meant = _parsed(value)
    if meant is not _NOTHING and schema.problem(meant) is None:
        return ""
    return _said(problem)


def metadata_problem(schema: Schema | None, metadata: Mapping[str, str]) -> str:
    """What is wrong with an event's metadata, beginning with where; empty if it is good.

    The texts are looked at as they are. A key whose text does not fit is looked at again as what
    its JSON text says, so that an integer may be asked for and come as ``"3"``.
    """
    if schema is None:
        return f": {_UNUSABLE}"
    instance: dict[str, Any] = dict(metadata)
    untried = set(metadata)
    taken_along: set[str] = set()
    problem = schema.problem(instance)
    while problem is not None:
        key = str(problem.place[0]) if problem.place else ""
        if key in taken_along:
            # Only a problem of the whole had it parsed: it was right as a text.
            taken_along.remove(key)
            instance[key] = metadata[key]
        else:
            # A problem of the whole, such as "none of these forms fits", may lie in any key.
            suspects = {key} & untried if problem.place else set(untried)
            untried -= suspects
            parsed = {each: _parsed(metadata[each]) for each in suspects}
            meant = {each: value for each, value in parsed.items() if value is not _NOTHING}
            if not meant:
                return _placed(problem)
            if not problem.place:
                taken_along |= meant.keys()
            instance |= meant
        problem = schema.problem(instance)
    return ""


def _parsed(text: str) -> Any:
    """What the JSON in ``text`` says; ``_NOTHING`` where there is none, or a text in quotes."""
    try:
        meant = msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _NOTHING
    return _NOTHING if isinstance(meant, str) else meant


def _placed(problem: SchemaProblem) -> str:
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in problem.place)
    return f"{where[:128]}: {problem.problem}"


def _said(problem: SchemaProblem | None) -> str:
    return "" if problem is None else problem.problem
