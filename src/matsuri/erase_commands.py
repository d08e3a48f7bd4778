"""``matsuri erase`` and ``matsuri verify-receipt``: they speak to a running server."""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click
import msgspec

from matsuri.console_client import ConsoleClient
from matsuri.errors import MatsuriError, Unavailable
from matsuri.identities.erasure_model import Receipt, State, digest_of
from matsuri.identities.sign_receipt import InvalidReceipt, verify_receipt
from matsuri.kit.texts import printable

_LOOK_SECONDS = 0.5
_FAILED = 1

Command = Callable[..., None]


def _server(command: Command) -> Command:
    for option in (
        click.option(
            "--server-key",
            envvar="MATSURI_SERVER_KEY",
            default="",
            help="Server key.  [MATSURI_SERVER_KEY]",
        ),
        click.option(
            "--url",
            envvar="MATSURI_URL",
            default="http://127.0.0.1:7450",
            help="Address of the server.  [MATSURI_URL, http://127.0.0.1:7450]",
        ),
    ):
        command = option(command)
    return command


def _fail(text: object) -> NoReturn:
    click.echo(f"matsuri: {printable(str(text))}", err=True)
    sys.exit(_FAILED)


def _pretty(message: object) -> str:
    return msgspec.json.format(msgspec.json.encode(message), indent=2).decode()


@click.command()
@click.argument("identity_id")
@_server
@click.option(
    "--wait-seconds-max",
    type=click.IntRange(min=0),
    default=600,
    help="Longest wait for the receipt; 0 only asks for the erasure.  [600]",
)
def erase(identity_id: str, url: str, server_key: str, wait_seconds_max: int) -> None:
    """Erase a player on a running server, wait, and print the signed receipt.

    The player's tokens stop working at once. Ends with 1 where there is no such player, and where
    the receipt is not there in time; the erasure goes on all the same.
    """
    try:
        client = ConsoleClient(url, server_key)
        erasure_id = client.call("DELETE", "identity", identity_id)["erasure_id"]
        click.echo(f"erasure {erasure_id}", err=True)
        if not wait_seconds_max:
            return
        message = _wait(client, erasure_id, seconds_max=wait_seconds_max)
    except MatsuriError as error:
        _fail(error)
    click.echo(_pretty(message))


def _wait(client: ConsoleClient, erasure_id: str, *, seconds_max: int) -> Any:
    """The erasure, once it has its receipt."""
    deadline = time.monotonic() + seconds_max
    shows = sys.stderr.isatty()
    state = ""
    while True:
        try:
            message = client.call("GET", "erasure", erasure_id)
            state = message["state"]
        except Unavailable:
            message = {}
        if message.get("signed_receipt"):
            if shows:
                click.echo(f"\r{State.SCRUBBED.value:<12}", err=True)
            return message
        if time.monotonic() > deadline:
            raise Unavailable(f"the erasure is {state or 'begun'}; ask for its receipt later")
        if shows:
            click.echo(f"\r{state:<12}", nl=False, err=True)
        time.sleep(_LOOK_SECONDS)


@click.command("verify-receipt")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the public key (JWK); without it the server is asked.",
)
@click.option("--identity", default="", help="Check that the receipt is about this identity id.")
@_server
def verify(file: Path, key_file: Path | None, identity: str, url: str, server_key: str) -> None:
    """Check the signature of a receipt that `matsuri erase` printed, and print what was signed.

    FILE is what the server answered, or the signed receipt alone. Ends with 1 if the signature is
    not right.
    """
    try:
        if key_file is None:
            key = ConsoleClient(url, server_key).call("GET", "erasure", "key")
        else:
            key = msgspec.json.decode(key_file.read_bytes())
        receipt = verify_receipt(_signed(file.read_text("utf-8")), key)
    except (MatsuriError, InvalidReceipt, msgspec.DecodeError, OSError, ValueError) as error:
        _fail(error)
    if identity and not _is_about(receipt, identity):
        _fail(f"the signature is right, but the receipt is not about {identity}")
    click.echo("the signature is right", err=True)
    click.echo(_pretty(receipt))


def _signed(text: str) -> str:
    text = text.strip()
    if not text.startswith("{"):
        return text
    return str(msgspec.json.decode(text.encode()).get("signed_receipt", ""))


def _is_about(receipt: Receipt, identity_id: str) -> bool:
    digest = digest_of(identity_id, bytes.fromhex(receipt.salt))
    return digest.hex() == receipt.identity_digest
