"""Fills a running server with the demo: definitions, players, their past, and some who play now."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, Protocol

import msgspec

from matsuri.console_client import ConsoleClient, RefusedByServer
from matsuri.demo.game import definitions
from matsuri.demo.players import DemoPlayer, demo_players, history, mistakes
from matsuri.errors import MatsuriError
from matsuri.transfer.send_batch import EventTarget, IdentityTarget, Target, send_batch
from matsuri.transfer.server_client import Answer

_EVENTS_A_REQUEST = 500
_IDENTITIES_A_REQUEST = 200
_VISITORS_MAX = 200
_CONFLICT = 409
_OK = 200

CHANGE_SET = "Demo: a warmer winter"


class Demo(NamedTuple):
    """How large the demo is."""

    players: int
    weeks: int
    seed: int


class GamePort(Protocol):
    """The game's side of the API, with an API key."""

    def post(self, path: str, body: bytes) -> Answer:
        """The answer; raises ``TransferFailed``."""
        ...

    def stop(self) -> None:
        """Be patient no more."""
        ...


class Visits(Protocol):
    """Lets a player in, as a game does."""

    def visit(self, identity_id: str) -> None:
        """Authenticate, and read flags, experiments and live events."""
        ...


class Filled(NamedTuple):
    """What there was to do, and was done."""

    definitions_made: int
    players: int
    events: int


def fill(
    demo: Demo,
    *,
    console: ConsoleClient,
    console_posts: GamePort,
    game: GamePort,
    visits: Visits,
    now_s: int,
    tell: Callable[[str], None],
) -> Filled:
    """Fill the server; ``tell`` hears how far it is.

    What is there by its name is left as it is, and events have ids, so that a second run within the
    de-duplication window adds nothing. Raises ``MatsuriError`` and ``TransferFailed``.
    """
    tell("definitions …")
    made = define(console, now_s)
    players = demo_players(demo.players, weeks=demo.weeks, now_s=now_s, seed=demo.seed)
    tell(f"{len(players):,} players …")
    for batch in _batches((each.identity for each in players), _IDENTITIES_A_REQUEST):
        _send(console_posts, IdentityTarget(), batch)
    sent = 0
    for batch in _batches(_histories(players, now_s, demo.seed), _EVENTS_A_REQUEST):
        _send(game, EventTarget(), batch)
        sent += len(batch)
        if sent % (20 * _EVENTS_A_REQUEST) == 0:
            tell(f"{sent:,} events …")
    # They are refused: that is what they are for.
    send_batch(game, EventTarget(), mistakes(players, now_s=now_s, seed=demo.seed))
    visitors = players[-_VISITORS_MAX:]
    tell(f"{len(visitors)} players play now …")
    for player in visitors:
        visits.visit(player.id)
    draft_a_change(console)
    return Filled(definitions_made=made, players=len(players), events=sent)


def define(console: ConsoleClient, now_s: int) -> int:
    """Make what is not there; how many that were."""
    made = 0
    for wanted in definitions(now_s):
        try:
            console.call("POST", *wanted.path, body=wanted.body)
        except RefusedByServer as error:
            if error.status != _CONFLICT:
                raise
            continue
        made += 1
    return made


def draft_a_change(console: ConsoleClient) -> None:
    """A change set that waits for somebody to look at it, unless there is one."""
    told = console.call("GET", "change-set", query={"search.name.like": CHANGE_SET})
    if told["change_sets"]:
        return
    console.call(
        "POST",
        "change-set",
        body={
            "name": CHANGE_SET,
            "description": "More wind and a better offer for those who are about to leave.",
            "changes": [
                {
                    "kind": "flag",
                    "action": "update",
                    "id": "Demo-Wind-Strength",
                    "definition": {"value": 1.1},
                },
                {
                    "kind": "audience",
                    "action": "create",
                    "definition": {
                        "name": "Demo-Dragon-Friends",
                        "description": "Tamed a dragon within four weeks.",
                        "filter": 'EventCount("dragonTamed", "28d") > 0',
                    },
                },
            ],
        },
    )


def _histories(players: Sequence[DemoPlayer], now_s: int, seed: int) -> Iterator[dict[str, Any]]:
    for player in players:
        yield from history(player, now_s=now_s, seed=seed)


def _batches(items: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def _send(port: GamePort, target: Target, batch: list[dict[str, Any]]) -> None:
    """Send what the demo made itself: what is refused of it is a fault."""
    refused = send_batch(port, target, batch)
    if refused:
        index, why = next(iter(refused.items()))
        raise MatsuriError(
            f"the server refuses what the demo sends: {batch[index]}: {why.reason}, {why.problem}"
        )


class GameVisits:
    """Lets players in over the game's own API."""

    def __init__(self, game: GamePort, read: Callable[[str, str], Answer]) -> None:
        self._game = game
        self._read = read

    def visit(self, identity_id: str) -> None:
        """See ``Visits``."""
        answer = self._game.post("/v1/authenticate", msgspec.json.encode({"id": identity_id}))
        if answer.status != _OK:
            raise MatsuriError(f"{identity_id} cannot authenticate: {answer.message}")
        token = str(answer.json["token"])
        for path in ("/v1/flag", "/v1/experiment", "/v1/live-event"):
            self._read(path, token)
