"""The data folder: what lies where, who has it, and databases in the shape of this version."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from matsuri.adapters.database import sqlite_engine
from matsuri.config import Settings, SettingsError
from matsuri.errors import Unavailable
from matsuri.migrations.run import DatabaseName, head_revision, migrate
from matsuri.migrations.run import current_revision as revision_of

_PRIVATE = 0o700


@dataclass(frozen=True)
class Paths:
    """Where a server keeps what."""

    data: Path

    @property
    def control(self) -> Path:
        """The database that the API writes."""
        return self.data / "control.db"

    @property
    def history(self) -> Path:
        """The database that the pipeline writes."""
        return self.data / "history.db"

    @property
    def databases(self) -> dict[DatabaseName, Path]:
        """Both databases by name."""
        return {DatabaseName.CONTROL: self.control, DatabaseName.HISTORY: self.history}

    @property
    def log(self) -> Path:
        """The folder of the event log."""
        return self.data / "log"

    @property
    def analytics(self) -> Path:
        """The folder of the embedded analytics store."""
        return self.data / "analytics"

    @property
    def worker_socket(self) -> Path:
        """Where the worker answers the other processes of this server."""
        return self.data / "worker.sock"

    @property
    def server_lock(self) -> Path:
        """Held by the one process that answers requests from this folder, or migrates it."""
        return self.data / "server.lock"

    @property
    def worker_lock(self) -> Path:
        """Held by the one process that runs the pipeline."""
        return self.data / "worker.lock"


def prepare_data_folder(settings: Settings) -> Paths:
    """The data folder, made if missing, readable by its owner only; raises ``SettingsError``."""
    paths = Paths(settings.data_path)
    try:
        paths.data.mkdir(parents=True, exist_ok=True, mode=_PRIVATE)
    except OSError as error:
        raise SettingsError(f"data_dir {paths.data}: {error.strerror}") from error
    return paths


@contextlib.contextmanager
def own_data_folder(settings: Settings) -> Iterator[Paths]:
    """The data folder for this process alone; raises ``Unavailable`` where another has it.

    Taken before the databases are migrated, so that a newer version does not do so under an older
    one that is still running.
    """
    paths = prepare_data_folder(settings)
    descriptor = os.open(paths.server_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unavailable(f"another server is using the data folder {paths.data}") from None
        yield paths
    finally:
        os.close(descriptor)


def check_migrated(settings: Settings) -> None:
    """Raise ``SettingsError`` unless the databases are there, in the shape of this version."""
    paths = Paths(settings.data_path)
    for name, path in paths.databases.items():
        revision = None
        if path.exists():
            engine = sqlite_engine(path)
            with engine.connect() as connection:
                revision = revision_of(connection)
            engine.dispose()
        if revision != head_revision(name):
            raise SettingsError(
                f"the {name} database in {paths.data} is not ready: "
                "start the API first, or run `matsuri migrate`"
            )


def migrate_all(settings: Settings) -> list[tuple[DatabaseName, str | None, str | None]]:
    """Bring both databases to what this version needs: (database, before, after) each.

    Raises ``SettingsError`` where there is no folder for them, ``Unavailable`` where one does not
    let us.
    """
    paths = prepare_data_folder(settings)
    done = []
    for name, path in paths.databases.items():
        engine = sqlite_engine(path)
        try:
            before, after = migrate(engine, name)
        except DatabaseError as error:
            raise Unavailable(f"{name.value} database {path}: {error.orig}") from error
        finally:
            engine.dispose()
        path.chmod(0o600)
        done.append((name, before, after))
    return done
