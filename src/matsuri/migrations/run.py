"""Bringing a database to the shape that this version needs, and telling whether it has it."""

from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData
from sqlalchemy.engine import Connection, Engine

from matsuri.adapters.schema import control, history
from matsuri.audiences import change_store as _changes  # noqa: F401 # declares its tables
from matsuri.audiences import import_store as _imports  # noqa: F401 # declares its tables
from matsuri.audiences import member_tables as _members  # noqa: F401 # declares its tables
from matsuri.audiences import store as _audiences  # noqa: F401 # declares its tables
from matsuri.console import audit_store as _audit  # noqa: F401 # declares its tables
from matsuri.console import key_store as _keys  # noqa: F401 # declares its tables
from matsuri.console import second_factor_store as _factors  # noqa: F401 # declares its tables
from matsuri.console import session_store as _console_sessions  # noqa: F401 # its tables
from matsuri.console import store as _console  # noqa: F401 # declares its tables
from matsuri.definitions import store as _definitions  # noqa: F401 # declares its tables
from matsuri.enrolments import store as _enrolments  # noqa: F401 # declares its tables
from matsuri.events import store as _events  # noqa: F401 # declares its tables
from matsuri.flags import store as _flags  # noqa: F401 # declares its tables
from matsuri.identities import device_marks as _marks  # noqa: F401 # declares its tables
from matsuri.identities import erasure_requests as _erasure_requests  # noqa: F401 # its tables
from matsuri.identities import erasure_store as _erasure_store  # noqa: F401 # its tables
from matsuri.identities import profile_store as _profiles  # noqa: F401 # declares its tables
from matsuri.identities import series_store as _series  # noqa: F401 # declares its tables
from matsuri.identities import store as _identities  # noqa: F401 # declares its tables
from matsuri.identities import window_store as _windows  # noqa: F401 # declares its tables
from matsuri.live_events import transition_outbox as _readers  # noqa: F401 # declares its tables
from matsuri.live_events import transition_store as _transitions  # noqa: F401 # its tables
from matsuri.publishing import store as _publishing  # noqa: F401 # declares its tables

_HERE = Path(__file__).parent


class DatabaseName(StrEnum):
    """The two databases of a server."""

    CONTROL = "control"
    HISTORY = "history"


def metadata_of(name: DatabaseName) -> MetaData:
    """The tables that code expects in that database."""
    return control if name is DatabaseName.CONTROL else history


def config_of(name: DatabaseName) -> Config:
    """Alembic's configuration for that database."""
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.set_main_option("version_locations", str(_HERE / name.value))
    config.set_main_option("path_separator", "os")
    config.attributes["database"] = name
    return config


def migrate(engine: Engine, name: DatabaseName) -> tuple[str | None, str | None]:
    """Apply what is missing, all or nothing; the revisions before and after."""
    config = config_of(name)
    with engine.begin() as connection:
        before = current_revision(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return before, current_revision(connection)


def current_revision(connection: Connection) -> str | None:
    """The revision that a database has; ``None`` for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def head_revision(name: DatabaseName) -> str | None:
    """The revision that this version needs."""
    return ScriptDirectory.from_config(config_of(name)).get_current_head()
