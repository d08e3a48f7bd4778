"""The kind of definitions ``audience``: what makes one wrong, and all of them compiled. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from matsuri.audiences.filter_texts import FilterTexts
from matsuri.audiences.membership import Audience, AudienceSet
from matsuri.audiences.model import AUDIENCE_KIND, FILTER_FIELD, AudienceDefinition
from matsuri.audiences.nesting import nesting_problem
from matsuri.audiences.window_limits import too_many
from matsuri.definitions.descriptions import description_problems
from matsuri.definitions.model import Catalog, Definition, Kind, Problem, Reference
from matsuri.events.taxonomy import LABEL_KIND
from matsuri.filters.check import Problem as FilterProblem
from matsuri.filters.check import Severity
from matsuri.filters.compile import Filter, compile_filter
from matsuri.filters.facts import Window
from matsuri.filters.limits import FilterLimits
from matsuri.filters.problems import FilterError

AUDIENCE_NAME_ALLOWED = "1 to 64 of A-Z a-z 0-9 _ . - and space, beginning and ending with no space"
DESCRIPTION_CHARS_MAX = 2000

_NAME = re.compile(r"[A-Za-z0-9_.-](?:[A-Za-z0-9_. -]{0,62}[A-Za-z0-9_.-])?", re.ASCII)
# What paths have where the name of an audience could stand: one of the console API's own, and
# steps that clients and proxies take out.
_RESERVED = frozenset({"preview", ".", ".."})


def audience_kind(texts: FilterTexts) -> Kind[AudienceDefinition]:
    """The kind ``audience``."""

    def check_audience(
        definition: Definition[AudienceDefinition], catalog: Catalog
    ) -> list[Problem]:
        problems = []
        name, body = definition.name, definition.body
        if not _NAME.fullmatch(name) or name in _RESERVED:
            told = "cannot be a name" if name else "is missing"
            problems.append(Problem("name", told, AUDIENCE_NAME_ALLOWED))
        problems += description_problems(body.description, chars_max=DESCRIPTION_CHARS_MAX)
        if body.managed and body.filter.strip():
            told = "must be empty: the lists of a managed audience say who is in it"
            problems.append(Problem(FILTER_FIELD, told))
        wrong = circle_problem(name, body.filter, catalog, texts)
        wrong = wrong or _too_many_windows(definition, catalog, texts)
        if wrong:
            return [*problems, Problem(FILTER_FIELD, wrong)]
        return problems + filter_errors(body.filter, catalog, texts)

    def references(body: AudienceDefinition) -> Iterable[Reference]:
        for index, label in enumerate(body.labels):
            yield Reference(LABEL_KIND, label, f"labels[{index}]")
        yield from texts.references(body.filter, FILTER_FIELD)

    return Kind(
        name=AUDIENCE_KIND,
        body_type=AudienceDefinition,
        check=check_audience,
        references=references,
        # While windows are filled from history, an earlier filter serves.
        recalls=lambda body: bool(texts.windows_in(body.filter)),
    )


def as_field(problem: FilterProblem) -> Problem:
    """A problem of a filter as one of the field that holds it."""
    told = f"line {problem.line}, column {problem.column}: {problem.text}"
    place: dict[str, int | str] = {
        "line": problem.line,
        "column": problem.column,
        "start": problem.start,
        "end": problem.end,
    }
    if problem.suggestion:
        told += f"; did you mean {problem.suggestion}?"
        place["suggestion"] = problem.suggestion
    return Problem(FILTER_FIELD, told, place=place)


def circle_problem(name: str, text: str, catalog: Catalog, texts: FilterTexts) -> str:
    """Why the audience ``name`` cannot have the filter ``text`` among the others; or empty."""

    def inside(each: str) -> Iterable[str]:
        if each == name:
            return texts.audiences_in(text)
        found = catalog.find(AUDIENCE_KIND, each)
        return () if found is None else texts.audiences_in(found.body.filter)

    def around(each: str) -> Iterable[str]:
        users = catalog.users_of(AUDIENCE_KIND, each)
        return [user.name for user in users if user.kind == AUDIENCE_KIND]

    return nesting_problem(name, inside, around)


def _too_many_windows(
    definition: Definition[AudienceDefinition], catalog: Catalog, texts: FilterTexts
) -> str:
    windows = texts.windows_in(definition.body.filter)
    if not windows:
        return ""
    others = (
        window
        for each in catalog.of_kind(AUDIENCE_KIND).values()
        if each.id != definition.id
        for window in texts.windows_in(each.body.filter)
    )
    return too_many(windows, others, texts.windows)


def filter_errors(text: str, catalog: Catalog, texts: FilterTexts) -> list[Problem]:
    """Why no definition can have that filter."""
    return [
        as_field(each) for each in texts.problems(text, catalog) if each.severity is Severity.ERROR
    ]


class AudienceCompiler:
    """Compiles the audiences of a catalog; filters that did not change stay as they are.

    Where no audience changed, their set is the one of before: what was made of it is still right.
    Where the windows of a filter are not ``ready``, the newest earlier filter of the audience
    serves whose windows are, and lets nobody in where there is none.
    """

    def __init__(self, limits: FilterLimits, *, ready: Callable[[Window], bool]) -> None:
        self._limits = limits
        self._ready = ready
        self._filters: dict[str, Filter | None] = {}
        self._set = AudienceSet({})

    def __call__(self, catalog: Catalog) -> AudienceSet:
        """The audiences of ``catalog``."""
        known, self._filters = self._filters, {}
        audiences = [
            self._audience(each, catalog.earlier(each.id), known)
            for each in catalog.of_kind(AUDIENCE_KIND).values()
        ]
        # Filters are equal only to themselves; the same text is the same filter as before.
        if audiences != list(self._set.by_name.values()):
            self._set = AudienceSet({each.name: each for each in audiences})
        return self._set

    def _audience(
        self,
        definition: Definition[AudienceDefinition],
        earlier: Sequence[AudienceDefinition],
        known: Mapping[str, Filter | None],
    ) -> Audience:
        newest = self._filter(definition.body.filter, known)
        if self._is_ready(newest):
            return Audience(definition.id, definition.name, newest)
        before = (self._filter(body.filter, known) for body in earlier)
        serving = next((each for each in before if self._is_ready(each)), None)
        awaited = () if newest is None else newest.uses.windows
        return Audience(definition.id, definition.name, serving, awaited)

    def _is_ready(self, compiled: Filter | None) -> bool:
        return compiled is None or all(self._ready(each) for each in compiled.uses.windows)

    def _filter(self, text: str, known: Mapping[str, Filter | None]) -> Filter | None:
        """``None`` for no filter, and for one that another version of the server has let in."""
        if text not in self._filters:
            self._filters[text] = known[text] if text in known else self._compiled(text)
        return self._filters[text]

    def _compiled(self, text: str) -> Filter | None:
        if not text.strip():
            return None
        try:
            return compile_filter(text, self._limits)
        except FilterError:
            return None
