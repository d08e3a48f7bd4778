"""What makes a definition of an audience wrong, and what it refers to."""

from typing import Any

import msgspec
import pytest

from matsuri.audiences.filter_texts import FilterTexts, event_of
from matsuri.audiences.kinds import AudienceCompiler, audience_kind
from matsuri.audiences.model import AUDIENCE_KIND, AudienceDefinition
from matsuri.definitions.model import Catalog, Definition, Problem, Reference, catalog_of
from matsuri.events.kinds import taxonomy_kinds
from matsuri.events.schemas import SchemaLimits
from matsuri.events.taxonomy import (
    EVENT_KIND,
    PROPERTY_KIND,
    EventDefinition,
    PropertyDefinition,
    ValueType,
)
from matsuri.filters.limits import FilterLimits


def audience(name: str, text: str = "", **fields: Any) -> Definition[AudienceDefinition]:
    body = AudienceDefinition(filter=text, **fields)
    return Definition(id=f"id-{name}", kind=AUDIENCE_KIND, name=name, body=body)


DECLARED: list[Definition[Any]] = [
    Definition(
        id="p1",
        kind=PROPERTY_KIND,
        name="level",
        body=PropertyDefinition(value_type=ValueType.NUMERIC),
    ),
    Definition(id="e1", kind=EVENT_KIND, name="raidWon", body=EventDefinition()),
]


def catalog(*audiences: Definition[AudienceDefinition], accept_undeclared: bool = False) -> Catalog:
    texts = FilterTexts(FilterLimits(), accept_undeclared=accept_undeclared)
    kinds = [*taxonomy_kinds(packs=[], limits=SchemaLimits()), audience_kind(texts)]
    return catalog_of({k.name: k for k in kinds}, [*DECLARED, *audiences], version=1)


def problems(definition: Definition[AudienceDefinition], among: Catalog) -> list[Problem]:
    return among.kinds[AUDIENCE_KIND].check(definition, among)


@pytest.mark.parametrize("name", ["New-Players", "A", "a b", "x" * 64, "_a.b"])
def test_names(name: str) -> None:
    assert problems(audience(name), catalog()) == []


@pytest.mark.parametrize(
    "name", ["", " a", "a ", "x" * 65, "a/b", "é", "a\n", "preview", "(a)", ".."]
)
def test_bad_names(name: str) -> None:
    (problem,) = problems(audience(name), catalog())
    assert problem.field == "name"
    assert problem.allowed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n ",
        'PropertiesCustom("level", 0) > 3',
        'Properties("countryCode", "") == "US"',
        'PropertiesComputed("raidWonCount", 0) > PropertiesComputed("sessionStartCount", 0)',
        'Now() - createTime < Duration("2d")',
        'EventCount("raidWon", "7d") > 2',
        'EventDays("_sessionStart", "7d") > 2',
    ],
)
def test_filters_that_can_be_had(text: str) -> None:
    assert problems(audience("A", text), catalog()) == []


@pytest.mark.parametrize(
    ("text", "told", "suggestion"),
    [
        ('PropertiesCustom("levle", 0) > 3', "there is no such property: levle", "level"),
        ('Properties("county", "") == ""', "there is no such property", "countryCode"),
        ('PropertiesComputed("raidWinCount", 0) > 3', "raidWinCount", "raidWonCount"),
        ('EventCount("raidwon", "7d") > 2', "there is no event raidwon", "raidWon"),
        ('EventDays("sessionStart", "7d") > 2', "there is no event", "_sessionStart"),
        ('Audience("B")', "there is no audience B", ""),
    ],
)
def test_unknown_names(text: str, told: str, suggestion: str) -> None:
    (problem,) = problems(audience("A", text), catalog())
    assert problem.field == "filter"
    assert told in problem.problem
    detail = problem.detail()
    assert detail.get("suggestion", "") == suggestion
    assert (detail["line"], text[int(detail["start"]) : int(detail["end"])][0]) == (1, '"')


@pytest.mark.parametrize("text", ['PropertiesCustom("levle", 0) > 3', 'EventCount("x", "7d") > 2'])
def test_where_everything_is_accepted_everything_may_be_named(text: str) -> None:
    assert problems(audience("A", text), catalog(accept_undeclared=True)) == []
    (problem,) = problems(audience("A", 'Audience("B")'), catalog(accept_undeclared=True))
    assert "there is no audience" in problem.problem


def test_what_is_no_filter_is_told_with_its_place() -> None:
    (problem,) = problems(audience("A", "1 < 2\n  and 3 <"), catalog())
    assert problem.detail()["line"] == 2
    assert problem.problem.startswith("line 2, column ")
    (problem,) = problems(audience("A", "1 +"), catalog())
    assert "expected" in problem.problem


def test_a_managed_audience_has_no_filter() -> None:
    (problem,) = problems(audience("A", "1 < 2", managed=True), catalog())
    assert (problem.field, "managed" in problem.problem) == ("filter", True)
    assert problems(audience("A", managed=True), catalog()) == []


def test_circles_are_named() -> None:
    (problem,) = problems(audience("A", 'Audience("A")'), catalog())
    assert problem.problem == "goes round in a circle: A → A"
    among = catalog(audience("A"), audience("B", 'Audience("A")'), audience("C", 'Audience("B")'))
    (problem,) = problems(audience("A", 'not Audience("C")'), among)
    assert problem.problem == "goes round in a circle: A → C → B → A"


def test_what_is_used_is_referred_to() -> None:
    text = (
        'Audience("B") and PropertiesCustom("level", 0) > 1 and EventCount("raidWon", "1d") > 1 '
        'and PropertiesComputed("raidWonValueSum", 0) > 1'
    )
    among = catalog(audience("B"), audience("A", text))
    for kind, name in ((AUDIENCE_KIND, "B"), (PROPERTY_KIND, "level"), (EVENT_KIND, "raidWon")):
        (user,) = among.users_of(kind, name)
        assert user == Reference(AUDIENCE_KIND, "A", "filter")


@pytest.mark.parametrize(
    ("computed", "event"),
    [("raidWonCount", "raidWon"), ("aSeenLast", "a"), ("aValueAverage", "a"), ("levle", "")],
)
def test_the_event_of_a_computed_property(computed: str, event: str) -> None:
    assert event_of(computed) == event


def test_audiences_of_which_none_changed_are_the_same_set() -> None:
    windows_ready = False
    compiler = AudienceCompiler(FilterLimits(), ready=lambda _window: windows_ready)
    a, b = audience("A", "1 < 2"), audience("B", 'EventCount("gameStarted", "7d") > 1')
    one = compiler(catalog(a, b))
    described = audience("A", "1 < 2", description="other")
    assert compiler(catalog(described, b, accept_undeclared=True)) is one
    windows_ready = True
    two = compiler(catalog(a, b))
    assert two is not one
    assert two.windows == two.wanted == one.wanted != one.windows
    three = compiler(catalog(a))
    assert list(three.by_name) == ["A"]
    renamed = msgspec.structs.replace(a, name="C")
    assert list(compiler(catalog(renamed)).by_name) == ["C"]
    assert compiler(catalog(msgspec.structs.replace(a, id="other"))).by_name["A"].id == "other"


def test_filters_that_did_not_change_are_compiled_once() -> None:
    compiler = AudienceCompiler(FilterLimits(), ready=lambda _window: True)
    one = compiler(catalog(audience("A", "1 < 2"), audience("B"), audience("C", "1 <")))
    two = compiler(catalog(audience("A", "1 < 2"), audience("D", "1 < 2")))
    assert one.by_name["A"].filter is two.by_name["A"].filter is two.by_name["D"].filter
    # What another version of the server has let in lets nobody in here.
    assert one.by_name["B"].filter is one.by_name["C"].filter is None
