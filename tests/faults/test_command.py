"""The ``matsuri`` command: its words, its exit codes, and what it says of wrong settings."""

import asyncio
import contextlib
import json
import os
import sqlite3
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from matsuri.cli import main
from tests.support.in_process import in_process


def matsuri(*arguments: str, folder: Path | None = None, **settings: object) -> Result:
    """Run the command in this process, with only ``settings`` in the environment."""
    environment: dict[str, str | None] = {
        name: None for name in os.environ if name.startswith("MATSURI_")
    }
    environment |= {f"MATSURI_{name.upper()}": str(value) for name, value in settings.items()}
    if folder is not None:
        environment["MATSURI_DATA_DIR"] = str(folder)
    return CliRunner().invoke(main, arguments, env=environment, prog_name="matsuri")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"port": "many"}, ["port", "int"]),
        ({"port": "70000"}, ["port", "65535"]),
        ({"log_format": "xml"}, ["log_format", "xml"]),
        ({"trusted_proxies": "10.0.0.0/8,nowhere"}, ["trusted_proxies", "nowhere"]),
        ({"config": "/nonexistent.toml"}, ["/nonexistent.toml", "No such file"]),
        ({"base_path": "liveops"}, ["base_path", "slash"]),
        ({"admin_email": "me"}, ["admin_email"]),
    ],
)
def test_a_wrong_setting(tmp_path: Path, settings: dict[str, str], told: list[str]) -> None:
    ended = matsuri("serve", folder=tmp_path / "data", **settings)
    assert ended.exit_code == 2
    assert ended.stderr.startswith("matsuri: ")
    assert all(text in ended.stderr for text in told), ended.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "arguments",
    [["serve", "--port", "many"], ["serve", "--prot", "1"], ["serve", "--role", "x"], ["party"]],
)
def test_a_wrong_flag(arguments: list[str]) -> None:
    ended = matsuri(*arguments)
    assert ended.exit_code == 2
    assert "Usage: " in ended.stderr


@pytest.mark.parametrize(
    ("url", "key", "told"),
    [
        ("http://127.0.0.1:99999", "key", "Port out of range"),
        ("http://[::1", "key", "no address"),
        ("ftp://127.0.0.1", "key", "no address"),
        ("http://127.0.0.1:1", "a\nb", "the server key has characters"),
        ("http://127.0.0.1:1", "€", "the server key has characters"),
    ],
)
def test_a_wrong_address_or_key_of_a_server(url: str, key: str, told: str) -> None:
    ended = matsuri("erase", "player-0001", "--url", url, server_key=key)
    assert ended.exit_code == 1
    assert ended.stderr.startswith("matsuri: ")
    assert told in ended.stderr


@pytest.mark.parametrize(
    ("text", "told"), [("port = ", "is not TOML"), ("prot = 1", "prot"), ('port = "x"', "port")]
)
def test_a_wrong_settings_file(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "matsuri.toml"
    file.write_text(text)
    ended = matsuri("serve", "--config", str(file), folder=tmp_path / "data")
    assert ended.exit_code == 2
    assert told in ended.stderr


@pytest.mark.parametrize("name", ["api_key", "server_key"])
def test_a_wrong_secret_is_not_shown(tmp_path: Path, name: str) -> None:
    ended = matsuri("serve", folder=tmp_path / "data", **{name: "not: a key"})
    assert ended.exit_code == 2
    assert name in ended.stderr
    assert "not: a key" not in ended.stderr


def test_help_names_every_command() -> None:
    helped = matsuri("--help")
    assert helped.exit_code == 0
    for command in ("serve", "migrate", "doctor", "version"):
        assert command in helped.stdout
        assert "Usage: matsuri " + command in matsuri(command, "-h").stdout
    assert "--data-dir" in matsuri("serve", "-h").stdout


def test_version() -> None:
    as_json = json.loads(matsuri("version", "--json").stdout)
    assert f"matsuri {as_json['matsuri']}\n" == matsuri("version").stdout


def test_migrate(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = matsuri("migrate", folder=folder)
    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout.count("migrated from nothing") == 2
    second = matsuri("migrate", folder=folder)
    assert (second.exit_code, second.stdout.count("is up to date")) == (0, 2)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*.db")} == {0o600}


def test_migrate_where_a_database_is_none(tmp_path: Path) -> None:
    (tmp_path / "control.db").write_bytes(b"something else " * 1000)
    ended = matsuri("migrate", folder=tmp_path)
    assert ended.exit_code == 1
    assert str(tmp_path / "control.db") in ended.stderr


def test_the_doctor_before_the_first_start(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    said = matsuri("doctor", folder=folder)
    assert said.exit_code == 0
    assert "does not exist yet" in said.stdout
    assert not folder.exists()


async def _first_day(folder: Path) -> None:
    async with in_process(folder) as server:
        await server.authenticate("player-0001")
        await server.settle()


def test_the_doctor_changes_nothing(tmp_path: Path) -> None:
    asyncio.run(_first_day(tmp_path))
    before = _contents(tmp_path)
    said = matsuri("doctor", folder=tmp_path)
    assert said.exit_code == 0, said.stdout
    assert "2 events applied" in said.stdout
    assert "PROBLEM" not in said.stdout
    assert _contents(tmp_path) == before


def test_the_doctor_finds_what_is_damaged(tmp_path: Path) -> None:
    assert matsuri("migrate", folder=tmp_path).exit_code == 0
    with contextlib.closing(sqlite3.connect(tmp_path / "history.db")) as connection:
        connection.execute("DELETE FROM alembic_version")
        connection.commit()
    (tmp_path / "control.db").write_bytes(b"something else " * 1000)
    said = matsuri("doctor", folder=tmp_path, geo_database="/nonexistent.mmdb")
    assert said.exit_code == 1
    problems = [line for line in said.stdout.splitlines() if line.startswith("PROBLEM")]
    assert len(problems) == 3
    assert "control" in problems[0]
    assert "matsuri migrate" in problems[1]
    assert "/nonexistent.mmdb" in problems[2]


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
