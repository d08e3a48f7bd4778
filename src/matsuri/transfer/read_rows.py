"""Rows out of files. A row that cannot be read is told as one, and the next are read."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, cast

import msgspec

from matsuri.kit.texts import is_storable
from matsuri.transfer.rows import BadRow, FileFormat, Row, TransferFailed

LINE_BYTES_MAX = 4 * 1024 * 1024
_RAW_CHARS_MAX = 4096
_TOO_LONG = f"is longer than {LINE_BYTES_MAX} bytes"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FORMATS = {
    ".ndjson": FileFormat.NDJSON,
    ".jsonl": FileFormat.NDJSON,
    ".csv": FileFormat.CSV,
    ".parquet": FileFormat.PARQUET,
}


class RowReader(Protocol):
    """The rows of one file, once."""

    def __iter__(self) -> Iterator[Row | BadRow]:
        """The rows, by rising number."""
        ...

    def share(self) -> float:
        """How much of the file was read, from 0 to 1."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


def format_of(path: Path, given: FileFormat | None) -> FileFormat:
    """The format of a file: as given, else by its name. Raises ``TransferFailed``."""
    suffix = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    found = given or _FORMATS.get(suffix.lower())
    if found is None:
        raise TransferFailed(f"{path.name}: the name does not tell the format; say --format")
    if found is FileFormat.PARQUET and path.suffix == ".gz":
        raise TransferFailed(f"{path.name}: Parquet is compressed within; unpack the file")
    return found


def open_rows(path: Path, file_format: FileFormat, *, after: int) -> RowReader:
    """The rows of a file whose numbers are above ``after``.

    Raises ``OSError`` and ``TransferFailed``, also while reading: a file that is no such file.
    """
    if file_format is FileFormat.PARQUET:
        # DuckDB is large, and the same command runs servers.
        from matsuri.transfer.read_parquet import ParquetRows  # noqa: PLC0415

        return ParquetRows(path, after=after)
    kind = NdjsonRows if file_format is FileFormat.NDJSON else CsvRows
    return kind(path, after=after)


class _TextRows:
    """Lines of a file that may be packed with gzip."""

    def __init__(self, path: Path, *, after: int) -> None:
        self._after = after
        self._name = path.name
        # Whether a line was cut since this was last set to false.
        self._cut = False
        self._bytes = path.stat().st_size
        self._file = path.open("rb")
        unpacked = gzip.GzipFile(fileobj=self._file) if path.suffix == ".gz" else self._file
        self._lines = cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", unpacked)))

    def share(self) -> float:
        """See ``RowReader``."""
        return min(1.0, self._file.tell() / self._bytes) if self._bytes else 1.0

    def close(self) -> None:
        """See ``RowReader``."""
        self._file.close()

    def _read_lines(self) -> Iterator[bytes]:
        """Every line; a line that is too long ends where it is as long as allowed and one more."""
        try:
            line = self._lines.readline(LINE_BYTES_MAX + 1).removeprefix(_BYTE_ORDER_MARK)
            while line:
                too_long = len(line) > LINE_BYTES_MAX
                self._cut |= too_long
                yield line
                while too_long and line and not line.endswith(b"\n"):
                    line = self._lines.readline(LINE_BYTES_MAX)
                line = self._lines.readline(LINE_BYTES_MAX + 1)
        except (EOFError, OSError, zlib.error) as error:
            raise TransferFailed(f"{self._name}: cannot be read to its end: {error}") from error


class NdjsonRows(_TextRows):
    """One JSON object a line; empty lines, and the last line of our own exports, are no rows."""

    def __iter__(self) -> Iterator[Row | BadRow]:
        """See ``RowReader``."""
        for number, line in enumerate(self._read_lines(), start=1):
            if number > self._after and not line.isspace():
                row = _object(number, line)
                if isinstance(row, BadRow) or "export_end" not in row.fields:
                    yield row


class CsvRows(_TextRows):
    """Comma separated values with a head line, as RFC 4180 has them; empty values are absent."""

    def __iter__(self) -> Iterator[Row | BadRow]:
        """See ``RowReader``."""
        # The reader has a limit of its own, which is the same for the whole process.
        csv.field_size_limit(LINE_BYTES_MAX)
        # Bytes that are no UTF-8 become surrogates, which no text of ours may have.
        lines = (line.decode("utf-8", "surrogateescape") for line in self._read_lines())
        reader = csv.reader(lines, strict=True)
        names: list[str] | None = None
        while True:
            number = reader.line_num + 1
            self._cut = False
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if names is None:
                    raise TransferFailed(
                        f"{self._name}: the head cannot be read: {error}"
                    ) from None
                if number > self._after:
                    # A quote that is never closed takes the lines after it with it.
                    lost = (
                        f" (lines {number} to {last})" if (last := reader.line_num) > number else ""
                    )
                    yield BadRow(number, f"is no CSV: {error}{lost}", "")
                continue
            if names is None:
                names = self._names(values)
            elif self._cut and number > self._after:
                yield BadRow(number, _TOO_LONG, ",".join(values)[:_RAW_CHARS_MAX])
            elif values and number > self._after:
                yield _record(number, names, values)

    def _names(self, values: list[str]) -> list[str]:
        names = [value.strip() for value in values]
        if len(set(names)) < len(names) or not all(names):
            raise TransferFailed(f"{self._name}: the head must name every column, each once")
        if not all(is_storable(name) for name in names):
            raise TransferFailed(f"{self._name}: the head is not UTF-8")
        return names


def _object(number: int, line: bytes) -> Row | BadRow:
    if len(line) > LINE_BYTES_MAX:
        return BadRow(number, _TOO_LONG, _shown(line))
    try:
        fields = msgspec.json.decode(line)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        return BadRow(number, f"is no JSON: {error}", _shown(line))
    if not isinstance(fields, dict):
        return BadRow(number, "is no JSON object", _shown(line))
    return Row(number, fields)


def _record(number: int, names: list[str], values: list[str]) -> Row | BadRow:
    problem = ""
    if len(values) != len(names):
        problem = f"has {len(values)} values for {len(names)} columns"
    elif any("\udc80" <= char <= "\udcff" for value in values for char in value if char > "\x7f"):
        problem = "is not UTF-8"
    if problem:
        raw = ",".join(values)[:_RAW_CHARS_MAX]
        return BadRow(number, problem, raw.encode("utf-8", "replace").decode())
    present = zip(names, values, strict=True)
    return Row(number, {name: value for name, value in present if value})


def _shown(line: bytes) -> str:
    return line[:_RAW_CHARS_MAX].decode("utf-8", "replace").rstrip("\r\n")
