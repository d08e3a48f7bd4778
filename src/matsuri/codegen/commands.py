"""The command ``matsuri codegen``."""

import sys
from pathlib import Path

import click

from matsuri.codegen.catalog import Catalog, decode_catalog, encode_catalog
from matsuri.codegen.generate import Language, generate
from matsuri.codegen.read_catalog import read_catalog
from matsuri.console_client import ConsoleClient
from matsuri.errors import MatsuriError
from matsuri.kit.texts import printable

_FAILED = 1
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--lang",
    required=True,
    type=click.Choice([each.value for each in Language]),
    help="Language of the code.",
)
@click.option("--server", default="http://127.0.0.1:7450", show_default=True, help="Its address.")
@click.option("--key", envvar="MATSURI_SERVER_KEY", help="Server key.  [MATSURI_SERVER_KEY]")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Definitions that --save kept, instead of a server's.",
)
@click.option("--save", type=_FILE, help="Keep the definitions here too, for --from.")
@click.option("--out", required=True, type=_FILE, help="The file.")
def codegen(
    lang: str, server: str, key: str | None, source: Path | None, save: Path | None, out: Path
) -> None:
    """Write typed code for a game from the definitions of a running server.

    Flags with their types and defaults, events with typed metadata, custom properties, names of
    experiments and live events. The same definitions make the same text. Ends with 0, or with 1
    if it could not be made; then the file is as it was.
    """
    if source is None and not key:
        raise click.UsageError("A server needs --key, a file --from.")
    try:
        catalog = _catalog(server, key or "", source)
        text = generate(Language(lang), catalog)
        if save is not None:
            _write(save, encode_catalog(catalog))
        _write(out, text.encode())
    except (MatsuriError, OSError) as error:
        click.echo(f"matsuri: {printable(str(error))}", err=True)
        sys.exit(_FAILED)
    click.echo(
        f"{out.name}: {len(catalog.flags)} flags, {len(catalog.events)} events,"
        f" {len(catalog.properties)} custom properties"
    )


def _catalog(server: str, key: str, source: Path | None) -> Catalog:
    if source is not None:
        return decode_catalog(source.read_bytes())
    return read_catalog(ConsoleClient(server, key))


def _write(path: Path, content: bytes) -> None:
    """Write ``path`` whole or not at all, and not where it is so already: builds go by its time."""
    if path.exists() and path.read_bytes() == content:
        return
    beside = path.with_name(f".{path.name}.partial")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
