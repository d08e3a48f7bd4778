"""The migrations make the tables that the code expects, can be run twice, and taken back."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from matsuri.adapters.database import sqlite_engine
from matsuri.migrations.run import (
    DatabaseName,
    config_of,
    current_revision,
    head_revision,
    metadata_of,
    migrate,
)


@pytest.mark.parametrize("name", list(DatabaseName))
def test_migrations_make_what_the_code_expects(tmp_path: Path, name: DatabaseName) -> None:
    engine = sqlite_engine(tmp_path / "migrated.db")
    assert migrate(engine, name) == (None, head_revision(name))
    assert migrate(engine, name) == (head_revision(name), head_revision(name))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata_of(name)) == []
    made = sqlite_engine(tmp_path / "made.db")
    metadata_of(name).create_all(made)
    # What the comparison does not see: key columns that number themselves, tables without row ids.
    assert table_texts(tmp_path / "migrated.db") == table_texts(tmp_path / "made.db")
    engine.dispose()
    made.dispose()


def table_texts(path: Path) -> dict[str, set[str]]:
    engine = sqlite_engine(path)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"
        ).all()
    engine.dispose()
    return {
        name: {word for word in ("AUTOINCREMENT", "WITHOUT ROWID") if word in sql}
        for name, sql in rows
        if name != "alembic_version"
    }


@pytest.mark.parametrize("name", list(DatabaseName))
def test_migrations_can_be_taken_back(tmp_path: Path, name: DatabaseName) -> None:
    engine = sqlite_engine(tmp_path / "a.db")
    migrate(engine, name)
    config = config_of(name)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert current_revision(connection) is None
        left = set(inspect(connection).get_table_names())
        assert left <= {"alembic_version", "sqlite_sequence"}
    engine.dispose()


def test_players_keep_the_place_of_their_id(tmp_path: Path) -> None:
    name = DatabaseName.CONTROL
    engine = sqlite_engine(tmp_path / "a.db")
    migrate(engine, name)
    config = config_of(name)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "control_0006")
        connection.exec_driver_sql(
            "INSERT INTO identities (id, created_us, updated_us, default_properties,"
            " custom_properties) VALUES ('player-0001', 1, 1, '{}', '{}')"
        )
        command.upgrade(config, "control_0007")
        rows = connection.exec_driver_sql("SELECT id, sample_id FROM identities").all()
    assert rows == [("player-0001", "player-0001")]
    engine.dispose()


def test_console_users_stay_and_ids_of_removed_ones_do_not_come_back(tmp_path: Path) -> None:
    engine = sqlite_engine(tmp_path / "a.db")
    migrate(engine, DatabaseName.CONTROL)
    config = config_of(DatabaseName.CONTROL)
    added = (
        "INSERT INTO users (email, password_hash, role, created_us) VALUES ('{}', 'x', 'admin', 1)"
    )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "control_0010")
        connection.exec_driver_sql(added.format("ann@example.com"))
        connection.exec_driver_sql(added.format("ben@example.com"))
        command.upgrade(config, "control_0011")
        rows = connection.exec_driver_sql("SELECT id, email, granted, disabled FROM users").all()
        assert rows == [(1, "ann@example.com", "", 0), (2, "ben@example.com", "", 0)]
        connection.exec_driver_sql("DELETE FROM users WHERE id = 2")
        connection.exec_driver_sql(added.format("cat@example.com"))
        assert connection.exec_driver_sql("SELECT max(id) FROM users").scalar_one() == 3
    engine.dispose()
