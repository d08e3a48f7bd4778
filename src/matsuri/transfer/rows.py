"""Rows of files, as they are read and as they are refused."""

from enum import StrEnum
from typing import Any

import msgspec

UNREADABLE = "UNREADABLE"
INVALID_FIELD = "INVALID_FIELD"
REFUSED = "REFUSED"


class FileFormat(StrEnum):
    """Formats of files."""

    NDJSON = "ndjson"
    CSV = "csv"
    PARQUET = "parquet"


class TransferFailed(Exception):
    """The transfer cannot go on; the text says why, to a person."""


class Row(msgspec.Struct, frozen=True):
    """One row of a file. ``number`` is that of its line, or for Parquet of the row; from 1."""

    number: int
    fields: dict[str, Any]


class BadRow(msgspec.Struct, frozen=True):
    """One row that could not be read: ``raw`` is how it begins."""

    number: int
    problem: str
    raw: str


class Refusal(msgspec.Struct, frozen=True):
    """Why something was not taken: a word for machines, and a sentence for people."""

    reason: str
    problem: str
