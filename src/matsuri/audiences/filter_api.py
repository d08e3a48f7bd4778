"""Trying a filter out before it is saved: ``/v1/console/filter/check``."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.audiences.filter_texts import FilterTexts
from matsuri.definitions.model import Catalog
from matsuri.definitions.service import Definitions
from matsuri.filters.check import Problem, Severity
from matsuri.filters.cost import cost_at_most
from matsuri.filters.facts import Window
from matsuri.filters.problems import FilterError
from matsuri.filters.signatures import Kind
from matsuri.filters.uses import Uses
from matsuri.filters.write import write
from matsuri.web.callers import Action, ConsoleMay, Entity
from matsuri.web.routes import Request, Route

Place = Annotated[int, Meta(description="Counted in characters from 0; `end` is behind the last.")]
Line = Annotated[int, Meta(description="Counted from 1.")]


class CheckFilterRequest(msgspec.Struct, frozen=True):
    """A filter to look at."""

    filter: str = ""


class FilterProblemMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something about a part of the filter: an ``error`` keeps it from being saved."""

    severity: Severity
    problem: str
    line: Line
    column: Line
    start: Place
    end: Place
    suggestion: Annotated[str, Meta(description="What may have been meant.")] = ""


class UsedPropertyMessage(msgspec.Struct, frozen=True):
    """A property that the filter reads; ``kind`` is that of the default that it gives."""

    function: str
    name: str
    kind: Kind


class UsedWindowMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A question about past events that the filter asks."""

    kind: str
    event: str
    then: Annotated[str, Meta(description="The event that has to follow, of a sequence.")] = ""
    seconds: int = 0
    condition: str = ""


class FilterUsesMessage(msgspec.Struct, frozen=True):
    """What the filter's answer depends on."""

    properties: Sequence[UsedPropertyMessage] = ()
    audiences: Sequence[str] = ()
    windows: Sequence[UsedWindowMessage] = ()
    time: Annotated[bool, Meta(description="Whether time alone may change the answer.")] = False
    sample: Annotated[bool, Meta(description="Whether it takes a share of the players.")] = False


class FilterMessage(msgspec.Struct, frozen=True):
    """What there is to say about a filter."""

    valid: Annotated[bool, Meta(description="Whether there are no errors.")]
    problems: Sequence[FilterProblemMessage]
    printed: Annotated[str, Meta(description="The filter as it was understood; empty if not.")]
    uses: FilterUsesMessage
    cost: Annotated[int, Meta(description="Most steps of one evaluation.")]


def routes(
    texts: FilterTexts, definitions: Definitions, *, tag: str, console_may: ConsoleMay
) -> list[Route[Any, Any]]:
    """The endpoint."""

    async def check(_request: Request, _caller: object, body: CheckFilterRequest) -> FilterMessage:
        return checked(body.filter, texts, definitions.catalog)

    return [
        Route(
            method="POST",
            path="/v1/console/filter/check",
            auth=console_may(Entity.AUDIENCE, Action.READ),
            handler=check,
            request_type=CheckFilterRequest,
            response_type=FilterMessage,
            operation="console_check_filter",
            audited=False,
            summary="Check a filter",
            description="What is wrong with the filter is part of the answer, which is 200.",
            tag=tag,
        )
    ]


def checked(text: str, texts: FilterTexts, catalog: Catalog) -> FilterMessage:
    """What there is to say about a filter among what is declared."""
    problems = [_problem(each) for each in texts.problems(text, catalog)]
    valid = all(each.severity is not Severity.ERROR for each in problems)
    try:
        tree, uses = texts.read(text)
    except FilterError:
        return FilterMessage(valid or not text.strip(), problems, "", FilterUsesMessage(), 0)
    return FilterMessage(valid, problems, write(tree), _uses(uses), cost_at_most(tree))


def _problem(problem: Problem) -> FilterProblemMessage:
    return FilterProblemMessage(
        severity=problem.severity,
        problem=problem.text,
        line=problem.line,
        column=problem.column,
        start=problem.start,
        end=problem.end,
        suggestion=problem.suggestion,
    )


def _uses(uses: Uses) -> FilterUsesMessage:
    return FilterUsesMessage(
        properties=[UsedPropertyMessage(p.function, p.name, p.kind) for p in uses.properties],
        audiences=uses.audiences,
        windows=[_window(each) for each in uses.windows],
        time=uses.time,
        sample=uses.sample,
    )


def _window(window: Window) -> UsedWindowMessage:
    return UsedWindowMessage(
        kind=window.kind,
        event=window.event,
        then=window.then,
        seconds=window.seconds,
        condition=window.condition,
    )
