"""Events and players of a server go to a file, which is there whole or not at all."""

import contextlib
import csv
import glob
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlencode

import msgspec

from matsuri.transfer.rows import FileFormat, TransferFailed
from matsuri.transfer.server_client import ServerClient

COLUMNS = (
    "id",
    "name",
    "timestamp",
    "receive_time",
    "identity_id",
    "session_id",
    "value",
    "metadata",
    "source",
    "api_key",
    "is_test",
)
_PARQUET_TYPES = {
    "timestamp": "TIMESTAMP",
    "receive_time": "TIMESTAMP",
    "metadata": "MAP(VARCHAR, VARCHAR)",
    "is_test": "BOOLEAN",
}
_PLAYER_END = b',"complete":true}'
_TAIL_BYTES = 64
_PARQUET_ROWS_AT_ONCE = 50_000


class _Tail(msgspec.Struct):
    export_end: dict[str, int]


def export_events(
    server: ServerClient,
    output: Path,
    file_format: FileFormat,
    *,
    query: Iterable[tuple[str, str]],
    on_progress: Callable[[int], None],
) -> int:
    """Write the events that ``query`` asks for; how many there were.

    Raises ``TransferFailed`` and ``OSError``; then ``output`` is as it was.
    """
    path = f"/v1/console/export/event?{urlencode(list(query))}"
    lines = _counted(_lines(server.stream(path)), on_progress)
    with _whole_file(output) as beside:
        if file_format is FileFormat.PARQUET:
            return _write_parquet(lines, beside)
        with beside.open("wb") as file:
            write = _write_csv if file_format is FileFormat.CSV else _write_ndjson
            count = write(lines, file)
            _sync(file)
    return count


def export_player(server: ServerClient, output: Path, *, path: str) -> int:
    """Write the document of one player; its bytes. Raises as ``export_events``."""
    size, end = 0, b""
    with _whole_file(output) as beside, beside.open("wb") as file:
        for piece in server.stream(path):
            size += file.write(piece)
            end = (end + piece)[-_TAIL_BYTES:]
        if not end.rstrip().endswith(_PLAYER_END):
            raise TransferFailed("the document is not complete; try again")
        _sync(file)
    return size


@contextlib.contextmanager
def _whole_file(output: Path) -> Iterator[Path]:
    """A file to write to, which becomes ``output`` at the end, and goes if there is an error."""
    if output.exists() and not output.is_file():
        # A device, which would be replaced with a file.
        raise TransferFailed(f"{output} is no file that can be written")
    beside = output.with_name(f".{output.name}.partial")
    try:
        yield beside
        beside.replace(output)
    finally:
        beside.unlink(missing_ok=True)


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines of what comes in pieces; the last must have its end."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
    if rest:
        raise TransferFailed("the export is not complete; try again")


def _counted(lines: Iterable[bytes], on_progress: Callable[[int], None]) -> Iterator[bytes]:
    """The lines before the tail; raises ``TransferFailed`` unless it is there and agrees."""
    for count, line in enumerate(lines):
        if line.startswith(b'{"export_end":'):
            if msgspec.json.decode(line, type=_Tail).export_end.get("events") != count:
                break
            return
        on_progress(count + 1)
        yield line
    raise TransferFailed("the export is not complete; try again")


def _write_ndjson(lines: Iterable[bytes], file: BinaryIO) -> int:
    count = 0
    for line in lines:
        file.write(line + b"\n")
        count += 1
    return count


def _write_csv(lines: Iterable[bytes], file: BinaryIO) -> int:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    count = 0
    for line in lines:
        try:
            event = msgspec.json.decode(line, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise TransferFailed("what answers there is no Matsuri server") from None
        if "metadata" in event:
            event["metadata"] = json.dumps(event["metadata"], ensure_ascii=False)
        event["is_test"] = "true" if event.get("is_test") else "false"
        writer.writerow([event.get(name, "") for name in COLUMNS])
        count += 1
    text.detach()
    return count


def _write_parquet(lines: Iterable[bytes], beside: Path) -> int:
    """By way of a file of JSON lines, which DuckDB reads in pieces."""
    # It is large, and the same command runs servers.
    import duckdb  # noqa: PLC0415

    plain = beside.with_name(f"{beside.name}.ndjson")
    columns: dict[str, Any] = {name: _PARQUET_TYPES.get(name, "VARCHAR") for name in COLUMNS}
    try:
        with plain.open("wb") as file:
            count = _write_ndjson(lines, file)
        with duckdb.connect(config={"threads": 1}) as connection:
            events = connection.read_json(
                glob.escape(str(plain)),
                columns=columns,
                format="newline_delimited",
                compression="none",
            ).project("* REPLACE (coalesce(is_test, FALSE) AS is_test)")
            events.write_parquet(
                str(beside), compression="zstd", row_group_size=_PARQUET_ROWS_AT_ONCE
            )
        with beside.open("rb") as file:
            os.fsync(file.fileno())
    except duckdb.Error as error:
        raise TransferFailed(f"Parquet cannot be written: {error}") from error
    finally:
        plain.unlink(missing_ok=True)
    return count
