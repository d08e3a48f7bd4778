"""How far an import has come, in a file beside the one that is imported."""

import hashlib
import os
from pathlib import Path

import msgspec

from matsuri.transfer.rows import TransferFailed

_VERSION = 1
_READ_BYTES = 1024 * 1024


class ImportState(msgspec.Struct, frozen=True, kw_only=True):
    """What is done of an import.

    Every row up to the number ``after`` was taken, refused or left out: how many each. The first
    ``rejected_bytes`` of the reject file tell of those that were refused.
    """

    version: int = _VERSION
    kind: str
    server: str
    file_sha256: str
    maps: dict[str, str]
    after: int = 0
    taken: int = 0
    refused: int = 0
    left_out: int = 0
    rejected_bytes: int = 0
    done: bool = False


def state_path(path: Path) -> Path:
    """The state file of an input file."""
    return path.with_name(f"{path.name}.import-state.json")


def rejected_path(path: Path) -> Path:
    """The reject file of an input file."""
    return path.with_name(f"{path.name}.rejected.ndjson")


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def load_state(path: Path, fresh: ImportState) -> ImportState:
    """The state of an import that was begun, else ``fresh``.

    Raises ``TransferFailed`` where the one that was begun is another import.
    """
    try:
        stored = msgspec.json.decode(path.read_bytes(), type=ImportState)
    except FileNotFoundError:
        return fresh
    except (msgspec.DecodeError, OSError) as error:
        raise TransferFailed(
            f"{path.name} cannot be read ({error}); --restart ignores it"
        ) from None
    for field, problem in (
        ("version", "is of another version of this program"),
        ("kind", f"is of an import of {stored.kind}"),
        ("server", f"is of an import into {stored.server}"),
        ("file_sha256", "is of a file with other content"),
        ("maps", "is of an import with other columns mapped"),
    ):
        if getattr(stored, field) != getattr(fresh, field):
            raise TransferFailed(f"{path.name} {problem}; --restart begins anew")
    return stored


def save_state(path: Path, state: ImportState) -> None:
    """Store the state: after a crash there is this one or the one before."""
    beside = path.with_name(f"{path.name}.partial")
    with beside.open("wb") as file:
        file.write(msgspec.json.encode(state))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
