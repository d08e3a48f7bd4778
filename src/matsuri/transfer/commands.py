"""The commands ``matsuri import`` and ``matsuri export``.

Exit codes: 0 all was done, 1 it could not be or was interrupted (the same command goes on with
it), 2 wrong use, 3 an import came to its end and some rows were refused.
"""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

import click

from matsuri.kit.ids import derived_id
from matsuri.kit.texts import printable
from matsuri.transfer.export_file import export_events, export_player
from matsuri.transfer.import_file import Destination, MapRow, RejectFile, import_file
from matsuri.transfer.import_state import (
    ImportState,
    file_digest,
    load_state,
    rejected_path,
    state_path,
)
from matsuri.transfer.map_fields import (
    FieldMap,
    event_map,
    event_of,
    identity_map,
    identity_of,
    parse_maps,
)
from matsuri.transfer.progress import ProgressLine
from matsuri.transfer.read_rows import format_of, open_rows
from matsuri.transfer.rows import FileFormat, Refusal, Row, TransferFailed
from matsuri.transfer.send_batch import EventTarget, IdentityTarget, Target
from matsuri.transfer.server_client import ServerClient

_FAILED = 1
_SOME_REFUSED = 3
_PATIENCE_SECONDS = 300.0
_NAMES_TOLD_MAX = 20
_FORMATS = click.Choice([form.value for form in FileFormat])

Command = Callable[..., None]

_url = click.option(
    "--url", default="http://127.0.0.1:7450", show_default=True, help="Address of the server."
)
_api_key = click.option(
    "--api-key", envvar="MATSURI_API_KEY", required=True, help="API key.  [MATSURI_API_KEY]"
)
_server_key = click.option(
    "--server-key",
    envvar="MATSURI_SERVER_KEY",
    required=True,
    help="Server key.  [MATSURI_SERVER_KEY]",
)
_output = click.option(
    "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file."
)


def _import_options(command: Command) -> Command:
    for option in (
        click.option("--restart", is_flag=True, help="Begin anew, whatever was done before."),
        click.option(
            "--parallel",
            type=click.IntRange(1, 64),
            default=4,
            show_default=True,
            help="Requests under way at once.",
        ),
        click.option(
            "--map",
            "maps",
            multiple=True,
            metavar="COLUMN=FIELD",
            help="Take a field from a column of another name. May be repeated.",
        ),
        click.option("--format", "form", type=_FORMATS, help="If the name does not tell."),
        _url,
        click.argument(
            "files",
            nargs=-1,
            required=True,
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
        ),
    ):
        command = option(command)
    return command


@click.group(name="import")
def import_group() -> None:
    """Bring events or identities from files into a running server.

    NDJSON, CSV and Parquet; .gz for the first two. Beside each file a state file tells how far the
    import has come: the same command again goes on from there. Rows that are refused are kept in
    FILE.rejected.ndjson, with the reason. Ends with 0, with 1 if it could not go on, and with 3 if
    rows were refused.
    """


@import_group.command(name="events")
@_import_options
@_api_key
def import_events(files: tuple[Path, ...], api_key: str, **options: Any) -> None:
    """Send the events of FILES.

    Fields: name, id, value, metadata (JSON, or columns metadata.x), timestamp, identity_id,
    session_id, session_issued_at, session_expires_at. Rows without an id get one that follows from
    the file and the row, so that they count once however often they are imported within the
    server's de-duplication window. Reserved events, whose names begin with _, are left out.
    """
    fields = _field_map(event_map, options["maps"])

    def map_for(digest: str) -> MapRow:
        scope = f"import:{digest}"

        def map_row(row: Row) -> dict[str, Any] | Refusal | None:
            return event_of(fields.place(row.fields), derived_id=derived_id(scope, str(row.number)))

        return map_row

    _import_all(files, EventTarget(), fields, map_for, key=api_key, options=options)


@import_group.command(name="identities")
@_import_options
@_server_key
def import_identities(files: tuple[Path, ...], server_key: str, **options: Any) -> None:
    """Create the identities of FILES, or update those that are there.

    Fields: id, default and custom (JSON, or columns default.x and custom.x), create_time. Of two
    times of creation the older is kept.
    """
    fields = _field_map(identity_map, options["maps"])

    def map_for(_digest: str) -> MapRow:
        return lambda row: identity_of(fields.place(row.fields))

    _import_all(files, IdentityTarget(), fields, map_for, key=server_key, options=options)


def _field_map(make: Callable[[dict[str, str]], FieldMap], maps: tuple[str, ...]) -> FieldMap:
    try:
        return make(parse_maps(maps))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--map") from None


def _import_all(
    files: tuple[Path, ...],
    target: Target,
    fields: FieldMap,
    map_for: Callable[[str], MapRow],
    *,
    key: str,
    options: dict[str, Any],
) -> None:
    refused = 0
    try:
        for path in files:
            refused += _import_one(path, target, map_for, key=key, options=options)
    except (TransferFailed, OSError) as error:
        _fail(error)
    if fields.ignored():
        click.echo(f"columns that are no field: {_listed(fields.ignored())}", err=True)
    if refused:
        sys.exit(_SOME_REFUSED)


def _listed(names: list[str]) -> str:
    told = printable(", ".join(names[:_NAMES_TOLD_MAX]))
    return f"{told}, and more" if len(names) > _NAMES_TOLD_MAX else told


def _import_one(
    path: Path,
    target: Target,
    map_for: Callable[[str], MapRow],
    *,
    key: str,
    options: dict[str, Any],
) -> int:
    """Import one file; how many rows were refused."""
    form = options["form"]
    file_format = format_of(path, FileFormat(form) if form else None)
    server = ServerClient(options["url"], key, patience_seconds=_PATIENCE_SECONDS)
    fresh = ImportState(
        kind=target.plural,
        server=server.url,
        file_sha256=file_digest(path),
        maps=parse_maps(options["maps"]),
    )
    state = fresh if options["restart"] else load_state(state_path(path), fresh)
    if state.done:
        click.echo(f"{path.name}: imported already; --restart imports it again")
        return state.refused
    if state.after:
        click.echo(f"{path.name}: going on after row {state.after:,}")
    rows = open_rows(path, file_format, after=state.after)
    progress = ProgressLine(path.name)

    def on_progress(now: ImportState) -> None:
        progress.show(now.taken + now.refused + now.left_out, rows.share())

    try:
        with RejectFile(rejected_path(path), known_bytes=state.rejected_bytes) as reject_file:
            state = import_file(
                rows,
                map_for(fresh.file_sha256),
                Destination(server, target, options["parallel"]),
                state=state,
                state_file=state_path(path),
                reject_file=reject_file,
                on_progress=on_progress,
            )
    finally:
        progress.end()
        rows.close()
    click.echo(_told(path, target, state))
    return state.refused


def _told(path: Path, target: Target, state: ImportState) -> str:
    parts = [f"{state.taken:,} {target.plural} taken"]
    if state.refused:
        parts.append(f"{state.refused:,} refused (see {rejected_path(path).name})")
    if state.left_out:
        parts.append(f"{state.left_out:,} reserved ones left out")
    return f"{path.name}: {', '.join(parts)}"


@click.group(name="export")
def export_group() -> None:
    """Write what a running server has to a file.

    The file is there when it is complete, not before. Ends with 0, or with 1 if it could not be
    made.
    """


@export_group.command(name="events")
@_output
@click.option("--format", "form", type=_FORMATS, help="If the name does not tell.")
@click.option("--since", default="", help="Events at this time (RFC 3339, or a date) or later.")
@click.option("--until", default="", help="Events before this time.")
@click.option("--name", "names", multiple=True, help="Events of this name. May be repeated.")
@click.option("--by-receive-time", is_flag=True, help="Times are those of receipt.")
@_url
@_server_key
def export_events_command(
    output: Path, form: str | None, url: str, server_key: str, **options: Any
) -> None:
    """Write events, in the order of time, as NDJSON, CSV or Parquet."""
    query = [("from", options["since"]), ("until", options["until"])]
    query += [("name", name) for name in options["names"]]
    if options["by_receive_time"]:
        query.append(("by_receive_time", "true"))
    progress = ProgressLine(output.name)
    try:
        file_format = format_of(output, FileFormat(form) if form else None)
        server = ServerClient(url, server_key, patience_seconds=_PATIENCE_SECONDS)
        count = export_events(
            server,
            output,
            file_format,
            query=[(name, value) for name, value in query if value],
            on_progress=partial(progress.show, share=None),
        )
    except (TransferFailed, OSError) as error:
        _fail(error)
    finally:
        progress.end()
    click.echo(f"{output.name}: {count:,} events")


@export_group.command(name="player")
@click.argument("identity_id")
@_output
@_url
@_server_key
def export_player_command(identity_id: str, output: Path, url: str, server_key: str) -> None:
    """Write everything that is kept of one player, as one JSON document."""
    path = f"/v1/console/identity/{quote(identity_id, safe='')}/export"
    try:
        server = ServerClient(url, server_key, patience_seconds=_PATIENCE_SECONDS)
        size = export_player(server, output, path=path)
    except (TransferFailed, OSError) as error:
        _fail(error)
    click.echo(f"{output.name}: {size:,} bytes")


def _fail(error: Exception) -> NoReturn:
    click.echo(f"matsuri: {printable(str(error))}", err=True)
    sys.exit(_FAILED)
