"""The filters of definitions: read once, held against what is declared, and what they use. Pure."""

from collections.abc import Iterator
from functools import lru_cache

from matsuri.audiences.model import AUDIENCE_KIND
from matsuri.audiences.window_limits import DEFAULT_WINDOW_LIMITS, WindowLimits, too_long
from matsuri.definitions.model import Catalog, Definition, Reference
from matsuri.events.model import (
    EXPERIMENT_EXPOSURE,
    IDENTIFY,
    IDENTITY_CREATE,
    RESERVED_PREFIX,
    SESSION_START,
)
from matsuri.events.predefined import ValueType
from matsuri.events.taxonomy import EVENT_KIND, PROPERTY_KIND, PropertyDefinition
from matsuri.filters.check import Known, Problem, Severity, check
from matsuri.filters.facts import Window
from matsuri.filters.limits import FilterLimits
from matsuri.filters.parse import parse
from matsuri.filters.problems import FilterError
from matsuri.filters.signatures import Kind
from matsuri.filters.syntax import Node
from matsuri.filters.uses import Uses, uses_of

_KINDS = {ValueType.STRING: Kind.STRING, ValueType.NUMERIC: Kind.NUMBER}
# What computed properties are called after their event, and what kind they are (reference, 2.4).
_COMPUTED = {
    "Count": Kind.NUMBER,
    "SeenFirst": Kind.NUMBER,
    "SeenLast": Kind.NUMBER,
    "ValueFirst": Kind.ANY,
    "ValueLast": Kind.ANY,
    "ValueSum": Kind.NUMBER,
    "ValueAverage": Kind.NUMBER,
    "ValueHigh": Kind.NUMBER,
    "ValueLow": Kind.NUMBER,
}
# Computed properties of the server's own events have no underscore, their windows have.
_SERVER_EVENTS = (SESSION_START, IDENTITY_CREATE, IDENTIFY, EXPERIMENT_EXPOSURE)
# More than a server has audiences, so that every definition's text is read once.
_TEXTS_MAX = 20_000


class FilterTexts:
    """Reads filters and says what is wrong with them.

    With ``accept_undeclared`` properties and events that nobody declared may be named, for games
    may send them.
    """

    def __init__(
        self,
        limits: FilterLimits,
        *,
        windows: WindowLimits = DEFAULT_WINDOW_LIMITS,
        accept_undeclared: bool = False,
    ) -> None:
        self.limits = limits
        self.windows = windows
        self._accept_undeclared = accept_undeclared
        self._read = lru_cache(maxsize=_TEXTS_MAX)(self._parse)

    def _parse(self, text: str) -> tuple[Node, Uses] | FilterError:
        try:
            tree = parse(text, self.limits)
        except FilterError as error:
            return error
        return tree, uses_of(tree)

    def read(self, text: str) -> tuple[Node, Uses]:
        """The tree of a filter, and what it uses; raises ``FilterError``."""
        found = self._read(text)
        if isinstance(found, FilterError):
            raise found.with_traceback(None)
        return found

    def problems(self, text: str, catalog: Catalog) -> list[Problem]:
        """What is wrong or odd about a filter, in the order of the text; nothing about no text."""
        if not text.strip():
            return []
        found = self._read(text)
        if isinstance(found, FilterError):
            return [_problem_of(found)]
        problems = check(text, found[0], self._known(catalog))
        problems += too_long(text, found[0], self.windows)
        return sorted(problems, key=lambda each: (each.start, each.end))

    def audiences_in(self, text: str) -> tuple[str, ...]:
        """The audiences that a filter asks about; none for one that cannot be read."""
        found = self._uses(text)
        return () if found is None else found.audiences

    def windows_in(self, text: str) -> tuple[Window, ...]:
        """The windows that a filter asks about; none for one that cannot be read."""
        found = self._uses(text)
        return () if found is None else found.windows

    def references(self, text: str, field: str) -> Iterator[Reference]:
        """What a filter uses that may be declared: audiences, properties, events."""
        uses = self._uses(text)
        if uses is None:
            return
        found: dict[tuple[str, str], None] = {}
        found.update(((AUDIENCE_KIND, name), None) for name in uses.audiences)
        for used in uses.properties:
            if used.function == "PropertiesComputed":
                found[EVENT_KIND, event_of(used.name)] = None
            else:
                found[PROPERTY_KIND, used.name] = None
        for window in uses.windows:
            found.update(((EVENT_KIND, name), None) for name in (window.event, window.then) if name)
        for kind, name in found:
            yield Reference(kind, name, field, optional=True)

    def _uses(self, text: str) -> Uses | None:
        if not text.strip():
            return None
        found = self._read(text)
        return None if isinstance(found, FilterError) else found[1]

    def _known(self, catalog: Catalog) -> Known:
        """The default properties are those that come with the server."""
        properties = catalog.of_kind(PROPERTY_KIND)
        default = {name: _kind_of(each) for name, each in properties.items() if each.locked}
        audiences = frozenset(catalog.of_kind(AUDIENCE_KIND))
        if self._accept_undeclared:
            return Known(default=default, audiences=audiences)
        events = [*catalog.of_kind(EVENT_KIND), *_SERVER_EVENTS]
        prefixes = [event.removeprefix(RESERVED_PREFIX) for event in events]
        return Known(
            default=default,
            custom={name: _kind_of(each) for name, each in properties.items() if not each.locked},
            computed={
                prefix + suffix: kind for prefix in prefixes for suffix, kind in _COMPUTED.items()
            },
            events=frozenset(events),
            audiences=audiences,
        )


def event_of(computed: str) -> str:
    """The event that a computed property is about; empty where it is about none."""
    for suffix in _COMPUTED:
        if computed.endswith(suffix):
            return computed.removesuffix(suffix)
    return ""


def _kind_of(definition: Definition[PropertyDefinition]) -> Kind:
    return _KINDS.get(definition.body.value_type, Kind.ANY)


def _problem_of(error: FilterError) -> Problem:
    expected = f"; expected {error.expected}" if error.expected else ""
    return Problem(
        Severity.ERROR,
        error.start,
        error.end,
        error.line,
        error.column,
        error.problem + expected,
        error.nearest,
    )
