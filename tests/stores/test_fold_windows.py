"""Windows as the pipeline keeps them answer as a plain list of events does."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.engine import Connection, Engine

from matsuri.adapters.database import Synchronous, sqlite_engine
from matsuri.adapters.schema import history
from matsuri.events.model import Entry, Event, EventBatch, ProfileErased, ProfileMerged, Source
from matsuri.events.pipeline import Work
from matsuri.events.replays import Origin, Placed
from matsuri.filters.facts import Window
from matsuri.identities.fold_windows import FoldWindows
from matsuri.identities.read_windows import load_windows
from matsuri.identities.series import DAY_S, KeptSeries, WindowReadiness, reaches_of
from matsuri.identities.series_store import add_series, load_series
from matsuri.identities.stored_windows import StoredWindows
from matsuri.identities.window_store import erase_windows, event_moments, event_windows
from matsuri.kit.clock import MICROSECONDS
from tests.unit.plain_windows import PlainEvent, PlainWindows

# A Tuesday, a little before midnight.
NOW_S = 20_000 * DAY_S - 3 * 3600
PLAYERS = (1, 2, 3)
RICH = "#.value > 5"
WINDOWS = (
    Window("count", "buy", 7 * DAY_S),
    Window("count", "buy", 3_600),
    Window("count", "buy", DAY_S, RICH),
    Window("total", "buy", 2 * DAY_S),
    Window("total", "buy", 100, RICH),
    Window("days", "play", 5 * DAY_S),
    Window("days", "play", 30_000),
    Window("last", "play"),
    Window("last", "buy", condition='#.metadata.item == "gem"'),
    Window("sequence", "play", 3_600, then="buy"),
    Window("sequence", "buy", 3 * DAY_S, then="buy"),
)


class Act(NamedTuple):
    """What happens: events of a player, a merge into another player, or an erasure."""

    player: int
    events: tuple[PlainEvent, ...] = ()
    into: int = 0
    erased: bool = False


def windows_database(path: Path) -> Engine:
    """An empty history database that keeps every series of ``WINDOWS``."""
    engine = sqlite_engine(path, synchronous=Synchronous.NORMAL)
    history.create_all(engine)
    with engine.begin() as connection:
        for series, reach_s in reaches_of(WINDOWS).items():
            kept = KeptSeries(id=0, series=series, kept_s=reach_s, ready_s=reach_s, kept_from_day=0)
            add_series(connection, kept)
    return engine


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = windows_database(tmp_path_factory.mktemp("windows") / "history.db")
    yield made
    made.dispose()


# Times near now, at edges of days and windows, late by days, and a little ahead.
_times = st.builds(
    lambda edge_s, away_s: NOW_S + edge_s + away_s,
    st.sampled_from([0, 0, -3_600, -DAY_S, -7 * DAY_S, -2 * DAY_S, 3 * 3600, -21 * 3600]),
    st.integers(-3, 3) | st.integers(-5_000, 200),
)
_events = st.tuples(
    st.sampled_from(["buy", "play", "other"]),
    _times.map(lambda time_s: min(time_s, NOW_S + 300)),
    st.sampled_from([None, "", "no", "1", "10", "0.1", "5.5"]),
    st.sampled_from([{}, {"item": "gem"}, {"item": "sword"}]),
).map(lambda told: PlainEvent(*told))
_players = st.sampled_from(PLAYERS)
_batches = st.lists(_events, min_size=1, max_size=6).map(tuple)
_acts = st.one_of(
    st.tuples(_players, _batches).map(lambda told: Act(told[0], told[1])),
    st.tuples(_players, _batches).map(lambda told: Act(told[0], told[1])),
    st.tuples(_players, _players).map(lambda told: Act(told[0], into=told[1])),
    _players.map(lambda player: Act(player, erased=True)),
)


def entry_of(act: Act) -> Entry:
    if act.into:
        return ProfileMerged(0, act.player, act.into)
    if act.erased:
        return ProfileErased(0, act.player)
    return EventBatch(
        received_us=0,
        source=Source.SESSION,
        api_key="",
        identity_id="",
        profile_key=act.player,
        session_id="",
        session_issued_at=0,
        session_expires_at=0,
        events=[
            Event(
                "", one.name, one.time_s * MICROSECONDS + 7, one.value, dict(one.metadata) or None
            )
            for one in act.events
        ],
    )


def followed(acts: Sequence[Act]) -> Iterator[Act]:
    """The acts as ``FollowMerges`` leaves them: nothing is told of players that are gone."""
    into: dict[int, int] = {}
    for act in acts:
        player, target = act.player, act.into
        while player in into:
            player = into[player]
        while target in into:
            target = into[target]
        if not player or (act.into and target in {0, player}):
            continue
        if act.into:
            into[player] = target
        if act.erased:
            into[player] = 0
        yield act._replace(player=player, into=target)


def expected_of(acts: Sequence[Act]) -> dict[int, list[PlainEvent]]:
    events: dict[int, list[PlainEvent]] = {player: [] for player in PLAYERS}
    for act in acts:
        if act.into:
            events[act.into] += events[act.player]
        if act.into or act.erased:
            events[act.player] = []
        events[act.player] += act.events
    return events


def fold(connection: Connection, acts: Sequence[Act], cuts: Sequence[int], now_s: int) -> None:
    """Fold ``acts`` in stretches that end at ``cuts``; what is erased goes with the profiles."""
    connection.execute(delete(event_windows))
    connection.execute(delete(event_moments))
    step = FoldWindows()
    merged: dict[int, set[int]] = {player: {player} for player in PLAYERS}
    ends = sorted({*cuts, len(acts)})
    for begin, end in zip([0, *ends], ends, strict=False):
        stretch = acts[begin:end]
        for act in stretch:
            if act.into:
                merged[act.into] |= merged[act.player]
            for player in merged[act.player] if act.erased else ():
                erase_windows(connection, player)
        placed = [Placed(Origin(0, 0), entry_of(act)) for act in stretch]
        step.apply(Work(placed, now_us=now_s * MICROSECONDS), connection)
        step.settle(committed=True)


def stored(connection: Connection) -> dict[int, StoredWindows]:
    readiness = WindowReadiness(load_series(connection))
    return load_windows(connection, PLAYERS, readiness.series_id)


def same_answers(found: StoredWindows, expected: PlainWindows, now_s: int) -> None:
    for window in WINDOWS:
        ask, plain = getattr(found, window.kind), getattr(expected, window.kind)
        assert ask(window, now_s) == plain(window, now_s), (window, now_s)
        told = found.next_change(window, now_s)
        right = expected.next_change(window, now_s)
        assert told is None or told > now_s
        if right is not None:
            assert told is not None, (window, now_s, right)
            assert told <= right, (window, now_s)


def instants(events: Sequence[PlainEvent]) -> list[int]:
    """When anything may change from now on, a second before and after that, and in between."""
    edges = {NOW_S, NOW_S + 40 * DAY_S}
    for event in events:
        edges.add(event.time_s)
        edges |= {event.time_s + window.seconds for window in WINDOWS}
    near = {edge + shift for edge in edges for shift in (-1, 0, 1)}
    return sorted(instant for instant in near if instant >= NOW_S)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(_acts, max_size=12), st.lists(st.integers(0, 12), max_size=4))
def test_any_history_in_any_stretches_answers_as_a_plain_list(
    engine: Engine, acts: list[Act], cuts: list[int]
) -> None:
    acts = list(followed(acts))
    expected = expected_of(acts)
    with engine.begin() as connection:
        fold(connection, acts, [cut for cut in cuts if cut < len(acts)], NOW_S)
        windows = stored(connection)
    for player, events in expected.items():
        plain = PlainWindows(events)
        for now_s in instants(events):
            same_answers(windows[player], plain, now_s)


def rows_of(connection: Connection) -> list[tuple[object, ...]]:
    tables = (event_windows, event_moments)
    return [tuple(row) for table in tables for row in connection.execute(select(table))]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(_batches.map(lambda events: Act(1, events)), max_size=8),
    st.randoms(use_true_random=False),
    st.lists(st.integers(0, 8), max_size=4),
)
def test_what_is_stored_does_not_depend_on_order_and_stretches(
    engine: Engine, acts: list[Act], chance: object, cuts: list[int]
) -> None:
    mixed = list(acts)
    chance.shuffle(mixed)  # type: ignore[attr-defined] # Hypothesis has no name for its type
    with engine.begin() as connection:
        fold(connection, acts, [], NOW_S)
        whole = rows_of(connection)
        fold(connection, mixed, [cut for cut in cuts if cut < len(mixed)], NOW_S)
        assert rows_of(connection) == whole


def test_a_busy_day_is_right_to_the_minute(engine: Engine) -> None:
    every_s = 100
    begin_s = NOW_S - NOW_S % DAY_S
    events = [PlainEvent("buy", begin_s + second, "1.5") for second in range(17, 60_000, every_s)]
    assert len(events) > 512
    by_minute = [event._replace(time_s=event.time_s - event.time_s % 60) for event in events]
    with engine.begin() as connection:
        fold(connection, [Act(1, (event,)) for event in events], [100, 513, 550], NOW_S)
        windows = stored(connection)[1]
    plain, exact = PlainWindows(by_minute), PlainWindows(events)
    for now_s in range(NOW_S, NOW_S + 8 * DAY_S, 7_919):
        for window in WINDOWS[:5]:
            ask = getattr(windows, window.kind)
            assert ask(window, now_s) == getattr(plain, window.kind)(window, now_s)
        window = WINDOWS[0]
        least, most = (exact.count(window, now_s + shift) for shift in (59, 0))
        assert least <= windows.count(window, now_s) <= most
