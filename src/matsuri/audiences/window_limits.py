"""What filters may ask about players' past events: how far back, and about how many. Pure."""

from collections.abc import Iterable

import msgspec

from matsuri.filters.check import Problem, Severity
from matsuri.filters.facts import Window
from matsuri.filters.problems import line_and_column
from matsuri.filters.syntax import Call, Node, walk
from matsuri.filters.windows import WINDOW_FUNCTIONS, window_of
from matsuri.identities.series import DAY_S, reaches_of


class WindowLimits(msgspec.Struct, frozen=True):
    """The longest window, and how many different series all filters may need together."""

    days_max: int = 90
    series_max: int = 100


DEFAULT_WINDOW_LIMITS = WindowLimits()


def too_long(text: str, tree: Node, limits: WindowLimits) -> list[Problem]:
    """The windows of a filter that are longer than may be."""
    found = []
    for call in walk(tree):
        if not isinstance(call, Call) or call.name not in WINDOW_FUNCTIONS:
            continue
        if window_of(call).seconds > limits.days_max * DAY_S:
            line, column = line_and_column(text, call.start)
            told = f"a window may have {limits.days_max} days at most (event_window_days_max)"
            found.append(Problem(Severity.ERROR, call.start, call.end, line, column, told))
    return found


def too_many(windows: Iterable[Window], others: Iterable[Window], limits: WindowLimits) -> str:
    """Why a filter cannot ask about ``windows``, where others ask about ``others``; or empty."""
    others = list(others)
    needed = len(reaches_of([*windows, *others]))
    if needed <= limits.series_max or needed == len(reaches_of(others)):
        return ""
    return (
        f"all filters together would ask about {needed} different events and conditions; "
        f"{limits.series_max} are allowed (event_series_max)"
    )
