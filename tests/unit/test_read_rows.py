"""Rows out of files of every format, the broken ones included."""

import csv
import gzip
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.transfer.read_rows import LINE_BYTES_MAX, format_of, open_rows
from matsuri.transfer.rows import BadRow, FileFormat, Row, TransferFailed

NDJSON, CSV, PARQUET = FileFormat.NDJSON, FileFormat.CSV, FileFormat.PARQUET


def read(path: Path, form: FileFormat, *, after: int = 0) -> list[Row | BadRow]:
    reader = open_rows(path, form, after=after)
    try:
        return list(reader)
    finally:
        assert reader.share() == 1
        reader.close()


def write(folder: Path, data: bytes, name: str = "file.ndjson") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def parquet(folder: Path, select: str) -> Path:
    path = folder / "file.parquet"
    with duckdb.connect() as connection:
        connection.sql(select).write_parquet(str(path))
    return path


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.ndjson", NDJSON),
        ("a.jsonl.gz", NDJSON),
        ("a.CSV", CSV),
        ("a.b.csv.gz", CSV),
        ("a.parquet", PARQUET),
    ],
)
def test_the_name_tells_the_format(name: str, form: FileFormat) -> None:
    assert format_of(Path(name), None) is form


def test_a_name_that_tells_nothing_needs_a_word() -> None:
    with pytest.raises(TransferFailed, match="--format"):
        format_of(Path("events"), None)
    assert format_of(Path("events"), CSV) is CSV
    with pytest.raises(TransferFailed, match="unpack"):
        format_of(Path("events.parquet.gz"), None)


def test_lines_of_json(tmp_path: Path) -> None:
    data = '\ufeff{"name":"ä"}\r\n\n  \n{"name":"b","n":1.5}\n{"export_end":{"events":2}}\n'
    assert read(write(tmp_path, data.encode()), NDJSON) == [
        Row(1, {"name": "ä"}),
        Row(4, {"name": "b", "n": 1.5}),
    ]


def test_broken_lines_are_told_and_the_next_are_read(tmp_path: Path) -> None:
    lines = [b'{"a":1', b"[1]", b'{"a":"\xff"}', b'{"a":' + b"[" * 5000 + b"}", b'{"ok":1}', b'"x"']
    rows = read(write(tmp_path, b"\n".join(lines)), NDJSON)
    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6]
    assert rows[4] == Row(5, {"ok": 1})
    bad = [row for row in rows if isinstance(row, BadRow)]
    assert [row.problem.split(":")[0] for row in bad] == [
        "is no JSON",
        "is no JSON object",
        "is no JSON",
        "is no JSON",
        "is no JSON object",
    ]
    assert bad[0].raw == '{"a":1'


def test_a_line_without_end_takes_no_memory(tmp_path: Path) -> None:
    data = b'{"a":"' + b"x" * (3 * LINE_BYTES_MAX) + b'"}\n{"b":1}\n'
    big, good = read(write(tmp_path, data), NDJSON)
    assert isinstance(big, BadRow)
    assert "longer than" in big.problem
    assert len(big.raw) < 10_000
    assert good == Row(2, {"b": 1})


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_comma_separated_values(tmp_path: Path, newline: str) -> None:
    lines = ["\ufeffname, value", 'a,"x, ""y"""', "", ",2", '"über\nzwei",3', "b,"]
    path = write(tmp_path, newline.join(lines).encode(), "file.csv")
    assert read(path, CSV) == [
        Row(2, {"name": "a", "value": 'x, "y"'}),
        Row(4, {"value": "2"}),
        Row(5, {"name": "über\nzwei", "value": "3"}),
        Row(7, {"name": "b"}),
    ]


def test_broken_records_are_told_and_the_next_are_read(tmp_path: Path) -> None:
    data = (
        b'name,value\na\na,b,c\n"a"x,1\n\xff,2\ngood,3\n' + b"x" * (LINE_BYTES_MAX + 9) + b",1\nz,4"
    )
    rows = read(write(tmp_path, data, "file.csv"), CSV)
    assert [row.number for row in rows] == [2, 3, 4, 5, 6, 7, 8]
    assert [row.number for row in rows if isinstance(row, Row)] == [6, 8]
    problems = [row.problem for row in rows if isinstance(row, BadRow)]
    assert problems[0] == "has 1 values for 2 columns"
    assert problems[1] == "has 3 values for 2 columns"
    assert "is no CSV" in problems[2]
    assert problems[3] == "is not UTF-8"


def test_a_line_that_is_too_long_is_no_record_however_it_looks(tmp_path: Path) -> None:
    wide = ",".join(["1"] * (LINE_BYTES_MAX // 2 + 1))
    data = f"a,b\n{wide},2\n3,4\n".encode()
    bad, good = read(write(tmp_path, data, "file.csv"), CSV)
    assert isinstance(bad, BadRow)
    assert "longer than" in bad.problem
    assert good == Row(3, {"a": "3", "b": "4"})


@pytest.mark.parametrize("head", ["a,a", "a,,b", '"a'])
def test_a_head_must_name_every_column(tmp_path: Path, head: str) -> None:
    with pytest.raises(TransferFailed, match="head"):
        read(write(tmp_path, f"{head}\n1,2\n".encode(), "file.csv"), CSV)


def test_packed_files(tmp_path: Path) -> None:
    path = write(tmp_path, gzip.compress(b'{"a":1}\n{"a":2}\n'), "file.ndjson.gz")
    assert read(path, NDJSON) == [Row(1, {"a": 1}), Row(2, {"a": 2})]
    path = write(tmp_path, gzip.compress(b"a\n1\n"), "file.csv.gz")
    assert read(path, CSV) == [Row(2, {"a": "1"})]


@pytest.mark.parametrize("cut", [5, 40])
def test_a_packed_file_that_is_cut_off_is_an_error(tmp_path: Path, cut: int) -> None:
    data = b"".join(b'{"a":%d}\n' % number for number in range(100))
    path = write(tmp_path, gzip.compress(data)[:-cut], "file.ndjson.gz")
    with pytest.raises(TransferFailed, match="cannot be read to its end"):
        read(path, NDJSON)


def test_parquet(tmp_path: Path) -> None:
    path = parquet(
        tmp_path,
        "SELECT 'a' AS name, 1.50::DECIMAL(9,2) AS value, MAP {'k': 'v'} AS metadata, "
        "TIMESTAMP '2024-01-02 03:04:05.678901' AS plain, "
        "make_timestamptz(1704164645678901) AS zoned, NULL::VARCHAR AS nothing",
    )
    [row] = read(path, PARQUET)
    assert isinstance(row, Row)
    moment = datetime(2024, 1, 2, 3, 4, 5, 678901)  # noqa: DTZ001 # Parquet's own has no zone
    assert {**row.fields, "value": str(row.fields["value"])} == {
        "name": "a",
        "value": "1.50",
        "metadata": {"k": "v"},
        "plain": moment,
        "zoned": moment,
    }
    assert moment.replace(tzinfo=UTC).timestamp() == 1704164645.678901


def test_what_is_no_parquet_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TransferFailed, match="no Parquet"):
        read(write(tmp_path, b"name\n1\n", "file.parquet"), PARQUET)


def test_a_name_is_no_pattern(tmp_path: Path) -> None:
    folder = tmp_path / "a[b]*?"
    folder.mkdir()
    path = parquet(tmp_path, "SELECT 1 AS n").rename(folder / "c[d]*.parquet")
    assert read(path, PARQUET) == [Row(1, {"n": 1})]


def test_rows_after_a_number(tmp_path: Path) -> None:
    lines = b"".join(b'{"n":%d}\n' % number for number in range(1, 6))
    assert read(write(tmp_path, lines), NDJSON, after=3) == [Row(4, {"n": 4}), Row(5, {"n": 5})]
    path = write(tmp_path, b"n\n1\n2\n3\n", "file.csv")
    assert read(path, CSV, after=2) == [Row(3, {"n": "2"}), Row(4, {"n": "3"})]
    path = parquet(tmp_path, "SELECT range + 1 AS n FROM range(2500)")
    assert read(path, PARQUET, after=2498) == [Row(2499, {"n": 2499}), Row(2500, {"n": 2500})]


def test_parquet_rows_keep_their_order(tmp_path: Path) -> None:
    path = parquet(tmp_path, "SELECT range + 1 AS n FROM range(5000)")
    rows = read(path, PARQUET)
    assert [row.fields["n"] for row in rows if isinstance(row, Row)] == list(range(1, 5001))


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from("abc"), st.text(st.characters(codec="utf-8"), min_size=1), min_size=1
        ),
        max_size=5,
    )
)
def test_what_is_written_is_read(rows: list[dict[str, Any]]) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        text = io.StringIO()
        writer = csv.DictWriter(text, "abc")
        writer.writeheader()
        writer.writerows(rows)
        found = read(write(folder, text.getvalue().encode(), "file.csv"), CSV)
        assert [row.fields for row in found if isinstance(row, Row)] == rows
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        found = read(write(folder, lines.encode()), NDJSON)
        assert [row.fields for row in found if isinstance(row, Row)] == rows


def test_a_head_that_is_not_utf_8(tmp_path: Path) -> None:
    path = write(tmp_path, "name,metadata.größe\nlaunch,5\n".encode("latin-1"), "file.csv")
    with pytest.raises(TransferFailed, match="the head is not UTF-8"):
        read(path, CSV)


def test_a_quote_that_is_never_closed_says_which_lines_it_takes(tmp_path: Path) -> None:
    path = write(tmp_path, b'name,value\na,"5\nb,6\nc,7\n', "file.csv")
    [row] = read(path, CSV)
    assert isinstance(row, BadRow)
    assert (row.number, row.problem) == (2, "is no CSV: unexpected end of data (lines 2 to 4)")
