"""Questions about events as ClickHouse's SQL with bound parameters. Pure."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from matsuri.events.analytics import (
    DAY_US,
    CountsQuery,
    EventCursor,
    EventRow,
    ExportQuery,
    NamedEventsQuery,
    PastEventsQuery,
    PlayerEventsQuery,
    PlayerSessionsQuery,
    TopValuesQuery,
)

_metadata = msgspec.json.Decoder(dict[str, str])

_EVENT = (
    "position, place, profile_key, time_us, received_us, identity_id, session_id, event_id, "
    "name, value, metadata, source, api_key, is_test"
)
_METADATA = 10
# Whom a key is part of now: from those that are part of nobody down along the merges.
_PLAYERS = """
    WITH RECURSIVE players AS (
        SELECT from_key AS key, into_key AS player FROM merges
        WHERE into_key NOT IN (SELECT from_key FROM merges)
        UNION ALL
        SELECT merges.from_key, players.player
        FROM merges INNER JOIN players ON merges.into_key = players.key
    )
"""
_COUNTED = """
    count() AS events,
    uniqExactIf(if(players.player = 0, found.profile_key, players.player), found.profile_key != 0)
        AS players
"""
_TEXT = """(
    positionCaseInsensitiveUTF8(toString(name), {text:String}) > 0
    OR positionCaseInsensitiveUTF8(ifNull(value, ''), {text:String}) > 0
    OR arrayExists(
        pair -> positionCaseInsensitiveUTF8(pair.1, {text:String}) > 0
            OR positionCaseInsensitiveUTF8(pair.2, {text:String}) > 0,
        JSONExtractKeysAndValues(ifNull(metadata, ''), 'String')
    )
)"""


class Question(NamedTuple):
    """A statement and the values that are bound to it."""

    sql: str
    parameters: dict[str, Any]


def event_row(row: Sequence[Any]) -> EventRow:
    """An event from a row of ``_EVENT``."""
    fields = list(row)
    if fields[_METADATA] is not None:
        fields[_METADATA] = _metadata.decode(fields[_METADATA])
    return EventRow(*fields)


def player_events(query: PlayerEventsQuery, keys: Sequence[int]) -> Question:
    """Events of a player whose profiles are ``keys``."""
    where = ["profile_key IN {keys:Array(Int64)}"]
    parameters: dict[str, Any] = {"keys": list(keys), "limit": query.limit}
    for column, value in (("session_id", query.session_id), ("event_id", query.event_id)):
        if value:
            where.append(f"{column} = {{{column}:String}}")
            parameters[column] = value
    if query.names:
        where.append("name IN {names:Array(String)}")
        parameters["names"] = query.names
    _bound(where, parameters, "time_us", query.from_us, query.until_us)
    if query.before is not None:
        where.append(
            "time_us <= {before_us:Int64} AND (time_us, position, place) "
            "< ({before_us:Int64}, {before_position:Int64}, {before_place:Int64})"
        )
        parameters |= {
            "before_us": query.before.time_us,
            "before_position": query.before.position,
            "before_place": query.before.place,
        }
    if query.text:
        where.append(_TEXT)
        parameters["text"] = query.text
    return Question(
        f"SELECT {_EVENT} FROM events WHERE {' AND '.join(where)} "
        "ORDER BY time_us DESC, position DESC, place DESC LIMIT {limit:UInt32}",
        parameters,
    )


def player_sessions(query: PlayerSessionsQuery, keys: Sequence[int]) -> Question:
    """Sessions of a player whose profiles are ``keys``; what chunks told is put together."""
    having = ""
    parameters: dict[str, Any] = {
        "player": query.profile_key,
        "keys": list(keys),
        "limit": query.limit,
    }
    if query.before is not None:
        having = (
            "HAVING started < {before_us:Int64} "
            "OR (started = {before_us:Int64} AND session_id > {before_id:String})"
        )
        parameters |= {
            "before_us": query.before.started_us,
            "before_id": query.before.session_id,
        }
    return Question(
        f"""
        SELECT session_id, {{player:Int64}} AS player,
            coalesce(min(started_us), min(told_us), min(first_event_us)) AS started,
            min(first_event_us), max(last_event_us), sum(event_count),
            toString(argMinIf(country, (position, place), country != '')),
            toString(argMinIf(api_key, (position, place), api_key != ''))
        FROM sessions WHERE profile_key IN {{keys:Array(Int64)}}
        GROUP BY session_id {having}
        ORDER BY started DESC, session_id LIMIT {{limit:UInt32}}
        """,
        parameters,
    )


def event_counts(query: CountsQuery) -> Question:
    """Events and players by day and name."""
    where = ["day BETWEEN {from_day:Int64} AND {until_day:Int64}", "NOT is_test"]
    if query.names:
        where.append("name IN {names:Array(String)}")
    return Question(
        f"""
        {_PLAYERS}
        SELECT found.day, toString(found.name) AS name, {_COUNTED}
        FROM (SELECT day, name, profile_key FROM events WHERE {" AND ".join(where)}) AS found
        LEFT JOIN players ON players.key = found.profile_key
        GROUP BY found.day, found.name ORDER BY found.day, name
        """,
        {"from_day": query.from_day, "until_day": query.until_day, "names": query.names},
    )


def top_values(query: TopValuesQuery) -> Question:
    """The commonest values of an event, or of a key of its metadata."""
    value = "value"
    if query.metadata_key:
        value = (
            "if(JSONHas(ifNull(metadata, ''), {metadata_key:String}), "
            "JSONExtractString(ifNull(metadata, ''), {metadata_key:String}), NULL)"
        )
    return Question(
        f"""
        {_PLAYERS}
        SELECT found.told, {_COUNTED}
        FROM (
            SELECT {value} AS told, profile_key FROM events
            WHERE day BETWEEN {{from_day:Int64}} AND {{until_day:Int64}}
                AND name = {{name:String}} AND NOT is_test
        ) AS found
        LEFT JOIN players ON players.key = found.profile_key
        GROUP BY found.told ORDER BY events DESC, isNull(found.told), found.told
        LIMIT {{limit:UInt32}}
        """,
        {
            "name": query.name,
            "from_day": query.from_day,
            "until_day": query.until_day,
            "metadata_key": query.metadata_key,
            "limit": query.limit,
        },
    )


def history(keys: Sequence[int]) -> Question:
    """All events under ``keys``, in the order of the log."""
    return Question(
        f"SELECT {_EVENT} FROM events WHERE profile_key IN {{keys:Array(Int64)}} "
        "ORDER BY position, place",
        {"keys": list(keys)},
    )


def named_events(query: NamedEventsQuery) -> Question:
    """The next events of some names, by key, and for each in the order of the log."""
    where = [
        "profile_key BETWEEN {first_key:Int64} AND {last_key:Int64}",
        "day >= {from_day:Int64}",
        "position < {before_position:Int64}",
        "name IN {names:Array(String)}",
    ]
    parameters: dict[str, Any] = {
        "first_key": query.first_key,
        "last_key": query.last_key,
        "before_position": query.before_position,
    }
    return _page_by_player(query, where, parameters)


def past_events(query: PastEventsQuery) -> Question:
    """The next events of some names and players, in the same order."""
    where = [
        "profile_key IN {keys:Array(Int64)}",
        "day >= {from_day:Int64}",
        "name IN {names:Array(String)}",
    ]
    return _page_by_player(query, where, {"keys": query.profile_keys})


def _page_by_player(
    query: NamedEventsQuery | PastEventsQuery, where: list[str], parameters: dict[str, Any]
) -> Question:
    parameters |= {"from_day": query.from_day, "names": query.names, "limit": query.limit}
    if query.after is not None:
        where.append(
            "profile_key >= {after_key:Int64} AND (profile_key, position, place) "
            "> ({after_key:Int64}, {after_position:Int64}, {after_place:Int64})"
        )
        parameters |= {
            "after_key": query.after.profile_key,
            "after_position": query.after.position,
            "after_place": query.after.place,
        }
    return Question(
        f"SELECT {_EVENT} FROM events WHERE {' AND '.join(where)} "
        "ORDER BY profile_key, position, place LIMIT {limit:UInt32}",
        parameters,
    )


def export_days(query: ExportQuery) -> Question:
    """Where each day begins, in microseconds, that has events to export."""
    where, parameters = _exported(query)
    time = _export_time(query)
    return Question(
        f"SELECT DISTINCT {time} - positiveModulo({time}, {DAY_US}) AS began FROM events "
        f"WHERE {' AND '.join(where)} ORDER BY began",
        parameters,
    )


def export_page(
    query: ExportQuery, *, day_us: int, after: EventCursor | None, limit: int
) -> Question:
    """The next events to export of the day that begins at ``day_us``."""
    where, parameters = _exported(query)
    time = _export_time(query)
    where.append(f"{time} >= {{day_us:Int64}} AND {time} < {{day_end_us:Int64}}")
    parameters |= {"day_us": day_us, "day_end_us": day_us + DAY_US, "limit": limit}
    if not query.received:
        where.append("day = {day:Int64}")
        parameters["day"] = day_us // DAY_US
    if after is not None:
        where.append(
            f"({time}, position, place) "
            "> ({after_us:Int64}, {after_position:Int64}, {after_place:Int64})"
        )
        parameters |= {
            "after_us": after.time_us,
            "after_position": after.position,
            "after_place": after.place,
        }
    return Question(
        f"SELECT {_EVENT} FROM events WHERE {' AND '.join(where)} "
        f"ORDER BY {time}, position, place LIMIT {{limit:UInt32}}",
        parameters,
    )


def _exported(query: ExportQuery) -> tuple[list[str], dict[str, Any]]:
    where = ["true"]
    parameters: dict[str, Any] = {}
    _bound(where, parameters, _export_time(query), query.from_us, query.until_us)
    if query.names:
        where.append("name IN {names:Array(String)}")
        parameters["names"] = query.names
    return where, parameters


def _export_time(query: ExportQuery) -> str:
    return "received_us" if query.received else "time_us"


def _bound(
    where: list[str],
    parameters: dict[str, Any],
    column: str,
    from_us: int | None,
    until_us: int | None,
) -> None:
    if from_us is not None:
        where.append(f"{column} >= {{from_us:Int64}}")
        parameters["from_us"] = from_us
    if until_us is not None:
        where.append(f"{column} < {{until_us:Int64}}")
        parameters["until_us"] = until_us
