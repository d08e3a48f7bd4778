"""The command ``matsuri demo``."""

import http.client
import sys
import time
from urllib.parse import urlsplit

import click

from matsuri.console_client import ConsoleClient
from matsuri.demo.fill import Demo, GameVisits, fill
from matsuri.errors import MatsuriError
from matsuri.kit.texts import printable
from matsuri.transfer.rows import TransferFailed
from matsuri.transfer.server_client import Answer, ServerClient

_FAILED = 1
_PATIENCE_SECONDS = 60.0
_TIMEOUT_SECONDS = 30.0
_PLAYERS_MAX = 100_000
_WEEKS_MAX = 52


@click.command()
@click.option(
    "--server", default="http://127.0.0.1:7450", show_default=True, help="Address of the server."
)
@click.option(
    "--server-key",
    envvar="MATSURI_SERVER_KEY",
    required=True,
    help="Server key, for definitions and identities.  [MATSURI_SERVER_KEY]",
)
@click.option(
    "--api-key",
    envvar="MATSURI_API_KEY",
    required=True,
    help="API key, as the game has it.  [MATSURI_API_KEY]",
)
@click.option(
    "--players",
    type=click.IntRange(1, _PLAYERS_MAX),
    default=1000,
    show_default=True,
    help="How many players.",
)
@click.option(
    "--weeks",
    type=click.IntRange(1, _WEEKS_MAX),
    default=4,
    show_default=True,
    help="How long the game has been out.",
)
@click.option("--seed", type=int, default=7, show_default=True, help="Another one, other players.")
def demo(
    *, server: str, server_key: str, api_key: str, players: int, weeks: int, seed: int
) -> None:
    """Fill a running server with a believable game, so that every screen shows something.

    A taxonomy, audiences, flags, an experiment, live events and a drafted change set, all named
    Demo; weeks of players who are not there, some mistakes for the debugger, and some players who
    are in the game now. What is there already by its name stays as it is; the same again
    within a week adds nothing.
    """
    try:
        game = ServerClient(server, api_key, patience_seconds=_PATIENCE_SECONDS)
        filled = fill(
            Demo(players=players, weeks=weeks, seed=seed),
            console=ConsoleClient(server, server_key),
            console_posts=ServerClient(server, server_key, patience_seconds=_PATIENCE_SECONDS),
            game=game,
            visits=GameVisits(game, _Reader(server).read),
            now_s=int(time.time()),
            tell=lambda text: click.echo(text, err=True),
        )
    except (MatsuriError, TransferFailed, OSError) as error:
        click.echo(f"matsuri: {printable(str(error))}", err=True)
        sys.exit(_FAILED)
    click.echo(
        f"{filled.definitions_made} definitions, {filled.players:,} players,"
        f" {filled.events:,} events. Open {server} and sign in."
    )


class _Reader:
    """Reads as a player, on one connection that is kept."""

    def __init__(self, server: str) -> None:
        parts = urlsplit(server)
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        self._connection = kind(parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
        self._base_path = parts.path.rstrip("/")

    def read(self, path: str, token: str) -> Answer:
        """The answer to ``GET path`` of the player whose session token that is."""
        self._connection.request(
            "GET", self._base_path + path, headers={"authorization": f"Bearer {token}"}
        )
        response = self._connection.getresponse()
        return Answer(response.status, response.read())
