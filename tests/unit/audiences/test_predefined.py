"""The audiences that a server begins with mean what their descriptions say."""

from collections.abc import Mapping

import pytest

from matsuri.audiences.filter_texts import FilterTexts
from matsuri.audiences.kinds import audience_kind
from matsuri.audiences.membership import Audience, AudienceSet, Memberships
from matsuri.audiences.model import AUDIENCE_KIND, Target
from matsuri.audiences.predefined import DEFAULT_AUDIENCES
from matsuri.definitions.model import Definition, catalog_of
from matsuri.events.kinds import taxonomy_kinds
from matsuri.events.schemas import SchemaLimits
from matsuri.filters.compile import compile_filter
from matsuri.filters.limits import FilterLimits
from matsuri.kit.clock import MICROSECONDS

NOW_S = 1_700_000_000
DAY_S = 86_400
AUDIENCES = AudienceSet(
    {
        name: Audience(name, name, compile_filter(body.filter))
        for name, body in DEFAULT_AUDIENCES.items()
    }
)


def days_ago(days: float) -> str:
    return str(int(NOW_S - days * DAY_S))


def audiences_of(*, age_days: float, country: str = "", **computed: str) -> set[str]:
    created_s = int(days_ago(age_days))
    default: Mapping[str, str] = {"countryCode": country} if country else {}
    target = Target(
        identity_id="player-0001",
        sample_key="player-0001",
        created_s=created_s,
        updated_s=created_s,
        default=default,
        custom={},
        computed=computed,
    )
    memberships = Memberships(AUDIENCES, target, NOW_S * MICROSECONDS)
    return {name for name in DEFAULT_AUDIENCES if memberships.in_audience(name)}


def test_all_can_be_declared_on_a_fresh_server() -> None:
    texts = FilterTexts(FilterLimits())
    kinds = [*taxonomy_kinds(packs=[], limits=SchemaLimits()), audience_kind(texts)]
    catalog = catalog_of({each.name: each for each in kinds}, [], version=1)
    for name, body in DEFAULT_AUDIENCES.items():
        definition = Definition(id=name, kind=AUDIENCE_KIND, name=name, body=body)
        assert catalog.kinds[AUDIENCE_KIND].check(definition, catalog) == []
        assert texts.problems(body.filter, catalog) == []
        assert body.description


def test_somebody_who_is_new() -> None:
    found = audiences_of(
        age_days=0.1, country="DE", sessionStartCount="1", sessionStartSeenLast=days_ago(0.1)
    )
    assert found == {"New-Players", "Active-Players", "Non-Spenders", "Tier-1-Countries"}


def test_somebody_who_came_back_and_paid() -> None:
    found = audiences_of(
        age_days=3,
        country="BR",
        sessionStartCount="2",
        sessionStartSeenLast=days_ago(6.9),
        purchaseCompletedCount="1",
        purchaseCompletedSeenLast=days_ago(29.9),
        purchaseCompletedValueSum="9999",
    )
    assert found == {"Active-Players", "Returning-Players", "All-Spenders", "Tier-2-Countries"}


def test_somebody_who_paid_much_and_left() -> None:
    found = audiences_of(
        age_days=200,
        sessionStartCount="40",
        sessionStartSeenLast=days_ago(14),
        purchaseCompletedCount="12",
        purchaseCompletedSeenLast=days_ago(30.1),
        purchaseCompletedValueSum="10000",
    )
    assert found == {"Lapsed-Players", "All-Spenders", "Lapsed-Spenders", "High-Spenders"}


@pytest.mark.parametrize("age_days", [2, 20])
def test_somebody_who_never_had_a_session(age_days: int) -> None:
    assert audiences_of(age_days=age_days, country="AQ") == {"Non-Spenders"}
