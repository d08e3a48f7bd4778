"""The options that several commands of definitions as code share, and how they end."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeVar

import click

from matsuri.as_code.profiles import KEY_VARIABLE, Place, find_server
from matsuri.as_code.references import is_pattern
from matsuri.as_code.server import Server
from matsuri.console_client import ConsoleClient
from matsuri.errors import MatsuriError
from matsuri.kit.texts import printable

DEFAULT_SERVER = "http://127.0.0.1:7450"
# To count for how many players something changes may take longer than other calls.
_SECONDS_MAX = 180.0

F = TypeVar("F", bound=Callable[..., Any])

server_option: Callable[[F], F] = click.option(
    "--server",
    default=DEFAULT_SERVER,
    show_default=True,
    help=f"Its name in matsuri.toml, or its address with the key in {KEY_VARIABLE}.",
)
folder_option: Callable[[F], F] = click.option(
    "--folder",
    default="definitions",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder with the definitions.",
)
only_option: Callable[[F], F] = click.option(
    "--only",
    multiple=True,
    metavar="PATTERN",
    callback=lambda _context, _option, given: checked_patterns(given),
    help="Only these, with what they refer to: flags/Shop-Offer, flags/Shop-*, audiences.",
)
prune_option: Callable[[F], F] = click.option(
    "--prune", is_flag=True, help="Also delete what is only on the server."
)
force_option: Callable[[F], F] = click.option(
    "--force", is_flag=True, help="Also what would bias running experiments, and have it noted."
)


def checked_patterns(given: tuple[str, ...]) -> tuple[str, ...]:
    """Patterns that begin with the folder of a kind; raises ``UsageError`` for others."""
    for each in given:
        if not is_pattern(each):
            raise click.UsageError(f"{each!r} does not begin with a folder, as flags/Shop-Offer.")
    return given


class Connect(NamedTuple):
    """How commands reach servers; another one may be the ``obj`` of click's context."""

    server: Callable[[Place], Server]


def _connect(place: Place) -> Server:
    return ConsoleClient(place.url, place.key, seconds_max=_SECONDS_MAX)


def the_server(named: str, *, key_env: str = KEY_VARIABLE) -> tuple[Place, Server]:
    """Where the server of that name is, and what speaks to it; raises ``NoProfile``."""
    place = find_server(named, variables=os.environ, folder=Path.cwd(), key_env=key_env)
    connect = click.get_current_context().find_object(Connect) or Connect(_connect)
    return place, connect.server(place)


def fail(error: Exception, status: int = 1) -> NoReturn:
    """Say what went wrong, with what the server says of it, and end."""
    click.echo(f"matsuri: {printable(str(error))}", err=True)
    details = error.details if isinstance(error, MatsuriError) else []
    for each in details:
        if "problem" in each:
            where = " ".join(str(each[key]) for key in ("kind", "name", "field") if each.get(key))
            click.echo(printable(f"  {where}: {each['problem']}"), err=True)
    sys.exit(status)


def say(line: str = "", *, err: bool = False) -> None:
    """A line for people; what would steer the terminal was spelled out before."""
    click.echo(line, err=err)
