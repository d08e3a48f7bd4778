"""Which arguments a call may have: their number, and literals of the right form."""

from collections.abc import Callable, Sequence
from typing import Final

from matsuri.filters.problems import FilterError
from matsuri.filters.regex import BadPattern, pattern_of
from matsuri.filters.signatures import Signature, Takes
from matsuri.filters.syntax import Literal, Node
from matsuri.kit.durations import DURATION_ALLOWED, parse_duration

_NAME_CHARS_MAX: Final = 256
_PERCENT_MAX: Final = 100
_WINDOW_SECONDS_MAX: Final = 10 * 366 * 86_400
_MUST_BE_LITERAL: Final = frozenset(
    {Takes.PROPERTY, Takes.EVENT, Takes.AUDIENCE, Takes.WINDOW, Takes.PERCENT, Takes.SALT}
)


def check_arguments(
    text: str, signature: Signature, arguments: Sequence[Node], span: tuple[int, int]
) -> None:
    """Raise ``FilterError`` unless the function can have these arguments."""
    most = len(signature.takes)
    if len(arguments) < signature.required or (len(arguments) > most and not signature.repeats):
        count = len(arguments)
        problem = f"{signature.name} cannot have {count} argument{'' if count == 1 else 's'}"
        raise FilterError(problem, text, span, expected=signature.allowed)
    for index, argument in enumerate(arguments):
        takes = signature.argument(index)
        problem = _problem(takes, argument)
        if problem:
            where = (argument.start, argument.end)
            raise FilterError(f"{signature.name}: {problem}", text, where, expected=_FORMS[takes])


def check_pattern(text: str, pattern: Node) -> None:
    """Raise ``FilterError`` unless it is a literal that RE2 takes."""
    where = (pattern.start, pattern.end)
    if not isinstance(pattern, Literal) or not isinstance(pattern.value, str):
        problem = "the pattern of matches must be written out"
        raise FilterError(problem, text, where, expected='a string such as "^(US|CA)$"')
    try:
        pattern_of(pattern.value)
    except BadPattern as error:
        raise FilterError(f"this is not a pattern: {error}", text, where) from error


def _problem(takes: Takes, argument: Node) -> str:
    if not isinstance(argument, Literal):
        return f"the {takes} must be written out" if takes in _MUST_BE_LITERAL else ""
    check = _CHECKS.get(takes)
    return "" if check is None or check(argument.value) else "this is no " + takes.value


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _NAME_CHARS_MAX


def _is_window(value: object) -> bool:
    seconds = window_seconds(value) if isinstance(value, str) else None
    return seconds is not None


def _is_percent(value: object) -> bool:
    return type(value) in {int, float} and 0 <= value <= _PERCENT_MAX  # type: ignore[operator]  # both are numbers


def window_seconds(text: str) -> int | None:
    """The whole seconds of a window, from a second to ten years, or ``None``."""
    seconds = parse_duration(text)
    is_window = isinstance(seconds, int) and 0 < seconds <= _WINDOW_SECONDS_MAX
    return seconds if isinstance(seconds, int) and is_window else None


_CHECKS: Final[dict[Takes, Callable[[object], bool]]] = {
    Takes.PROPERTY: _is_name,
    Takes.EVENT: _is_name,
    Takes.AUDIENCE: _is_name,
    Takes.WINDOW: _is_window,
    Takes.PERCENT: _is_percent,
    Takes.SALT: lambda value: isinstance(value, str),
    Takes.DURATION: lambda value: isinstance(value, str) and parse_duration(value) is not None,
}
_FORMS: Final = {
    Takes.PROPERTY: "the name of a property in quotes",
    Takes.EVENT: "the name of an event in quotes",
    Takes.AUDIENCE: "the name of an audience in quotes",
    Takes.WINDOW: "a length of time in quotes, in whole seconds, such as 7d, up to ten years",
    Takes.PERCENT: "a number from 0 to 100",
    Takes.SALT: "a text in quotes",
    Takes.DURATION: DURATION_ALLOWED,
}
