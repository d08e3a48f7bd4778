"""Players of many kinds, what they get, and what a change makes of that: asked for, and counted."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tests.api.running import Server
from tests.support.in_process import SERVER_KEY, basic, bearer

ADMIN = basic(SERVER_KEY)
PATHS = {
    "audience": "audience",
    "exclusion_group": "exclusion-group",
    "experiment": "experiment",
    "flag": "flag",
    "holdout_group": "holdout-group",
    "live_event": "live-event",
}

Change = Mapping[str, Any]
Pairs = Counter[tuple[Any, Any]]


class Seen(NamedTuple):
    """What a player gets: values of flags, places in experiments, live events taken part in."""

    flags: Mapping[str, str]
    experiments: Mapping[str, tuple[str, str]]
    live_events: frozenset[str]


def create(kind: str, **definition: Any) -> Change:
    return {"kind": kind, "action": "create", "definition": definition}


def update(kind: str, ref: str, **definition: Any) -> Change:
    return {"kind": kind, "id": ref, "definition": definition}


def delete(kind: str, ref: str) -> Change:
    return {"kind": kind, "action": "delete", "id": ref}


async def console(server: Server, method: str, path: str, body: object = None) -> Any:
    reply = await server.request(method, f"/v1/console/{path}", body=body, auth=ADMIN)
    assert reply.status == 200, reply.body
    return reply.json


async def impact(server: Server, *changes: Change, **body: Any) -> Any:
    return await console(server, "POST", "impact", {"changes": changes, **body})


async def publish(server: Server, *changes: Change) -> None:
    """Make the very changes that were asked about."""
    for each in changes:
        path = f"{PATHS[each['kind']]}/{each.get('id', '')}".removesuffix("/")
        method = {"create": "POST", "delete": "DELETE"}.get(each.get("action", ""), "PUT")
        await console(server, method, path, each.get("definition"))


async def populate(server: Server, players: int, *, seed: int = 1) -> dict[str, str]:
    """Players who differ in what filters ask about; their tokens by id."""
    chance = random.Random(seed)
    tokens = {}
    for number in range(players):
        identity_id = f"player-{number:04}"
        session = await server.authenticate(
            identity_id,
            default={"platform": chance.choice(["ios", "android"])},
            custom={
                "level": str(chance.randrange(40)),
                "timeZone": chance.choice(["Europe/Berlin", "America/New_York", "Asia/Tokyo"]),
            },
        )
        tokens[identity_id] = session["token"]
        if chance.random() < 0.2:
            await server.publish(session["token"], {"name": "purchaseCompleted", "value": "5"})
    await server.settle()
    return tokens


async def see(server: Server, token: str) -> Seen:
    """Read as a game does."""
    auth = bearer(token)
    flags = (await server.request("GET", "/v1/flag", auth=auth)).json["flags"]
    experiments = (await server.request("GET", "/v1/experiment", auth=auth)).json["experiments"]
    events = (await server.request("GET", "/v1/live-event", auth=auth)).json["live_events"]
    return Seen(
        {each["name"]: each["value"] for each in flags},
        {each["name"]: (each["phase_name"], each["phase_variant_name"]) for each in experiments},
        frozenset(each["name"] for each in events),
    )


async def see_all(server: Server, tokens: Mapping[str, str]) -> dict[str, Seen]:
    return {each: await see(server, token) for each, token in tokens.items()}


class Difference(NamedTuple):
    """How many players changed, and by name from what to what how often; ``None`` for nothing."""

    changed: int
    flags: Mapping[str, Pairs]
    experiments: Mapping[str, Pairs]
    live_events: Mapping[str, Pairs]


def counted(before: Mapping[str, Seen], after: Mapping[str, Seen]) -> Difference:
    """What is another for players between two reads."""
    pairs: tuple[dict[str, Pairs], ...] = ({}, {}, {})
    changed = 0
    for each, was in before.items():
        comes = after[each]
        changed += was != comes
        kinds = (
            (was.flags, comes.flags),
            (was.experiments, comes.experiments),
            (dict.fromkeys(was.live_events, "in"), dict.fromkeys(comes.live_events, "in")),
        )
        for found, (old, new) in zip(pairs, kinds, strict=True):
            for name in old.keys() | new.keys():
                if old.get(name) != new.get(name):
                    found.setdefault(name, Counter())[old.get(name), new.get(name)] += 1
    return Difference(changed, *pairs)


def told(found: Any) -> Difference:
    """The same as an answer tells it, which must be exact and tell all."""
    assert found["exact"]
    assert found["complete"]
    assert found["confidence_percent"] == 100
    assert found["flags_count"] == len(found["flags"])
    for each in (*found["flags"], *found["experiments"], *found["live_events"]):
        assert each["others"]["count"] == 0
        assert each["count"] == each["count_low"] == each["count_high"]
        assert each["count"] == sum(change["count"] for change in each["changes"])
    return Difference(
        found["changed"]["count"],
        {each["name"]: pairs_of(each["changes"]) for each in found["flags"]},
        {each["name"]: pairs_of(each["changes"], place) for each in found["experiments"]},
        {each["name"]: pairs_of(each["changes"], taking_part) for each in found["live_events"]},
    )


def pairs_of(changes: Iterable[Any], state: Any = lambda told: told) -> Pairs:
    return Counter({(state(x.get("before")), state(x.get("after"))): x["count"] for x in changes})


def place(told: Any) -> tuple[str, str] | None:
    return None if told is None else (told["phase"], told["variant"])


def taking_part(told: Any) -> str | None:
    return "in" if told == "takes_part" else None


def sampled(found: Any, name: str) -> Sequence[Any]:
    """The samples of all changes of a flag."""
    [flag] = [each for each in found["flags"] if each["name"] == name]
    return [sample for change in flag["changes"] for sample in change["samples"]]
