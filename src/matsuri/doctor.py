"""``matsuri doctor``: looks at an installation and says what is wrong and what to do."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.engine import Connection

from matsuri.adapters.database import sqlite_engine
from matsuri.adapters.geo import GeoFile
from matsuri.adapters.log_file import FileLogReader
from matsuri.config import Settings, settings_warnings
from matsuri.console.audit_store import whole_chain
from matsuri.data_folder import Paths
from matsuri.events.log import LogCorrupt
from matsuri.events.pipeline import PIPELINE
from matsuri.events.store import load_progress
from matsuri.kit.timestamps import format_timestamp
from matsuri.migrations.run import DatabaseName, current_revision, head_revision

_FREE_BYTES_MIN = 1024**3
_OTHERS = 0o077
_READ_BYTES = 4 * 1024**2


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "PROBLEM"


class Finding(NamedTuple):
    """One thing that was looked at."""

    level: Level
    text: str

    @property
    def is_problem(self) -> bool:
        """Whether a person has to do something."""
        return self.level is Level.PROBLEM


def diagnose(settings: Settings, *, environment: Mapping[str, str]) -> list[Finding]:
    """Everything that was looked at, in order; changes nothing."""
    paths = Paths(settings.data_path)
    findings = [
        Finding(Level.WARNING, text)
        for text in settings_warnings(settings, environment=environment)
    ]
    findings += _folder(paths.data)
    if paths.data.is_dir():
        for name, path in paths.databases.items():
            findings += _database(name, path)
        findings += _log(paths)
    findings += _geo(settings)
    return findings


def _folder(path: Path) -> Iterator[Finding]:
    if not path.is_dir():
        yield Finding(Level.WARNING, f"{path} does not exist yet: `matsuri serve` makes it")
        return
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        yield Finding(Level.PROBLEM, f"{path} cannot be read and written by this user")
    elif path.stat().st_mode & _OTHERS:
        yield Finding(Level.WARNING, f"{path} is open to other users: chmod 700 {path}")
    else:
        yield Finding(Level.OK, f"data folder {path}")
    free = shutil.disk_usage(path).free
    level = Level.OK if free >= _FREE_BYTES_MIN else Level.WARNING
    yield Finding(level, f"{free / 1024**3:.1f} GiB free on its disk")


def _database(name: DatabaseName, path: Path) -> Iterator[Finding]:
    if not path.exists():
        yield Finding(Level.WARNING, f"{name} database does not exist yet: `matsuri migrate`")
        return
    try:
        # Opened by SQLite itself first, so that looking does not change a file that is none.
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
            answer = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        connection.close()
    except sqlite3.Error as error:
        yield Finding(Level.PROBLEM, f"{name} database {path}: {error}; restore a backup")
        return
    if answer != "ok":
        yield Finding(Level.PROBLEM, f"{name} database {path} is damaged ({answer})")
        return
    engine = sqlite_engine(path)
    try:
        with engine.connect() as connection_:
            revision = current_revision(connection_)
            needed = head_revision(name)
            if revision != needed:
                text = f"{name} database is at {revision}, not {needed}: run `matsuri migrate`"
                yield Finding(Level.PROBLEM, text)
                return
            yield Finding(Level.OK, f"{name} database at {revision}")
            if name is DatabaseName.CONTROL:
                yield _audit_log(connection_)
            if name is DatabaseName.HISTORY:
                progress = load_progress(connection_, PIPELINE)
                when = format_timestamp(progress.committed_us) if progress.committed_us else "never"
                yield Finding(
                    Level.OK,
                    f"pipeline: {progress.events_applied} events applied, "
                    f"{progress.events_duplicate} duplicates, last at {when}",
                )
                if progress.dead_letters:
                    yield Finding(
                        Level.PROBLEM,
                        f"{progress.dead_letters} parts of the log could not be applied: "
                        "see docs/guides/debugger.md",
                    )
    finally:
        engine.dispose()


def _audit_log(connection: Connection) -> Finding:
    """Whether every entry is as it was noted; the newest digest is worth keeping elsewhere."""
    chain = whole_chain(connection)
    if chain.broken_at:
        text = (
            f"audit log: entry {chain.broken_at} is not as it was noted, or does not follow the "
            "one before it: see docs/guides/audit-log.md"
        )
        return Finding(Level.PROBLEM, text)
    shown = f", the newest is {chain.number} with digest {chain.digest.hex()}"
    return Finding(Level.OK, f"audit log: {chain.entries} entries{shown if chain.entries else ''}")


def _log(paths: Paths) -> Iterator[Finding]:
    if not paths.log.is_dir():
        yield Finding(Level.WARNING, "event log does not exist yet: `matsuri serve` makes it")
        return
    segments = sorted(paths.log.glob("*.log"))
    size = sum(segment.stat().st_size for segment in segments)
    shown = f"event log: {len(segments)} files, {size / 1024**2:.1f} MiB"
    try:
        records = asyncio.run(_count_records(FileLogReader(paths.log)))
    except LogCorrupt as error:
        yield Finding(Level.PROBLEM, f"{shown}, damaged: {error}")
    else:
        yield Finding(Level.OK, f"{shown}, {records} records read back")
    for torn in sorted(paths.log.glob("torn-*.bin")):
        yield Finding(
            Level.WARNING,
            f"{torn} holds bytes that a crash left incomplete; no acknowledged event is among "
            "them unless the disk lied; keep or delete it",
        )


async def _count_records(log: FileLogReader) -> int:
    """Read the whole log, checksums and all."""
    count, position = 0, 0
    try:
        while records := await log.read(position, bytes_max=_READ_BYTES):
            count += len(records)
            position = records[-1].next_position
    finally:
        await log.close()
    return count


def _geo(settings: Settings) -> Iterator[Finding]:
    if not settings.geo_database:
        yield Finding(Level.WARNING, "no geo file (geo_database): places of players stay empty")
        return
    try:
        GeoFile(Path(settings.geo_database)).close()
    except (OSError, ValueError) as error:
        yield Finding(Level.PROBLEM, f"geo_database: {error}")
        return
    yield Finding(Level.OK, f"geo file {settings.geo_database}")
