"""Audiences that ask about players' past: which are let in, and which filter serves meanwhile."""

from collections.abc import Collection

import pytest

from matsuri.audiences.filter_texts import FilterTexts
from matsuri.audiences.kinds import AudienceCompiler, audience_kind
from matsuri.audiences.model import AUDIENCE_KIND, AudienceDefinition
from matsuri.audiences.window_limits import WindowLimits
from matsuri.definitions.model import Catalog, Definition, catalog_of
from matsuri.events.kinds import taxonomy_kinds
from matsuri.events.schemas import SchemaLimits
from matsuri.filters.facts import Window
from matsuri.filters.limits import FilterLimits

WEEK = 7 * 86_400
COUNT = 'EventCount("gameStarted", "7d") > 2'
LAST = 'EventLast("gameStarted") > 0'
TEXTS = FilterTexts(FilterLimits(), windows=WindowLimits(days_max=10, series_max=2))


def audience(name: str, text: str) -> Definition[AudienceDefinition]:
    body = AudienceDefinition(filter=text)
    return Definition(id=f"id-{name}", kind=AUDIENCE_KIND, name=name, body=body)


def catalog(*audiences: Definition[AudienceDefinition], earlier: Collection[str] = ()) -> Catalog:
    """``earlier`` are the filters that the audience ``A`` had before, the newest first."""
    kinds = [*taxonomy_kinds(packs=[], limits=SchemaLimits()), audience_kind(TEXTS)]
    before = {"id-A": [AudienceDefinition(filter=text) for text in earlier]}
    return catalog_of({kind.name: kind for kind in kinds}, audiences, version=1, earlier=before)


def told(
    definition: Definition[AudienceDefinition], *others: Definition[AudienceDefinition]
) -> str:
    among = catalog(*others)
    problems = among.kinds[AUDIENCE_KIND].check(definition, among)
    return " / ".join(problem.problem for problem in problems)


def test_windows_have_a_longest() -> None:
    assert told(audience("A", 'EventCount("gameStarted", "10d") > 2')) == ""
    problem = told(audience("A", 'true and\n  EventCount("gameStarted", "241h") > 2'))
    assert problem == (
        "line 2, column 3: a window may have 10 days at most (event_window_days_max)"
    )
    assert told(audience("A", LAST)) == ""
    assert "10 days at most" in told(audience("A", 'EventDays("gameStarted", "11d") == 11'))


def test_there_is_a_limit_to_what_is_counted() -> None:
    other = audience("B", 'EventCount("gameStarted", "1d", #.value > 3) > 2')
    assert told(audience("A", COUNT), other) == ""
    # The same event in another length is no other one.
    assert (
        told(audience("A", 'EventDays("gameStarted", "3d") > 2'), other, audience("C", COUNT)) == ""
    )
    third = audience("A", LAST)
    problem = told(third, other, audience("C", COUNT))
    assert "3 different events" in problem
    assert "2 are allowed" in problem
    # What is full already can still be changed to ask for no more.
    assert told(audience("A", COUNT), other, audience("C", COUNT), third) == ""


@pytest.mark.parametrize(
    ("earlier", "serving"),
    [
        ([], None),
        (["true"], "true"),
        (["", "true"], None),
        ([LAST, "1 == 1", "true"], "1 == 1"),
        (["this is ( no filter"], None),
    ],
)
def test_an_earlier_filter_serves_until_windows_are_ready(
    earlier: list[str], serving: str | None
) -> None:
    ready: set[Window] = set()
    compile_ = AudienceCompiler(FilterLimits(), ready=lambda window: window in ready)
    among = catalog(audience("A", COUNT), audience("B", "true"), earlier=earlier)
    window = Window("count", "gameStarted", WEEK)
    audiences = compile_(among)
    before = audiences.by_name["A"]
    assert (before.filter.text if before.filter else None) == serving
    assert before.awaited == (window,)
    assert audiences.wanted == {window}
    assert audiences.windows == set()
    assert audiences.by_name["B"].awaited == ()
    ready.add(window)
    audiences = compile_(among)
    assert audiences.by_name["A"].filter is not None
    assert audiences.by_name["A"].filter.text == COUNT
    assert audiences.by_name["A"].awaited == ()
    assert audiences.windows == audiences.wanted == {window}


def test_what_serves_stays_wanted_while_the_newest_is_awaited() -> None:
    kept, awaited = Window("last", "gameStarted"), Window("count", "gameStarted", WEEK)
    compile_ = AudienceCompiler(FilterLimits(), ready=lambda window: window == kept)
    audiences = compile_(catalog(audience("A", COUNT), earlier=[LAST]))
    assert audiences.windows == {kept}
    assert audiences.wanted == {kept, awaited}


def test_only_filters_with_windows_need_what_was_before() -> None:
    recalls = audience_kind(TEXTS).recalls
    assert recalls is not None
    assert recalls(AudienceDefinition(filter=COUNT))
    assert not recalls(AudienceDefinition(filter='Now() > 3 // EventCount("gameStarted", "7d")'))
    assert not recalls(AudienceDefinition(filter=""))
