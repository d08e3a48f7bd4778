"""``matsuri import`` and ``export`` against running servers, the importer killed on its way."""

import csv
import gzip
import json
import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.in_process import API_KEY, SERVER_KEY, basic
from tests.support.processes import matsuri, started, wait_for
from tests.support.served import Served, served

KEYS = {"api_key": API_KEY, "server_key": SERVER_KEY}
X = basic(SERVER_KEY)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("server") / "data", analytics_interval_seconds=0.1) as it:
        yield it


def events(count: int, *, prefix: str) -> list[dict[str, Any]]:
    """Purchases of a few players over a few days, with everything that a file can hold."""
    chance = random.Random(7)
    return [
        {
            "name": "purchaseCompleted",
            "id": f"{prefix}-{number}",
            "identity_id": f"{prefix}-player-{number % 7}",
            "value": str(chance.randrange(10_000)),
            "metadata": {"sku": chance.choice(["a,b", 'say "hi"', "zwei\nzeilen", "日本", "=1+1"])},
            "timestamp": f"2024-01-0{1 + number % 9}T10:{number % 60:02}:00.{number:06}Z",
        }
        for number in range(count)
    ]


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def write_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["event", "id", "identity_id", "value", "metadata.sku", "timestamp"])
        for row in rows:
            plain = {**row, "sku": row["metadata"]["sku"]}
            names = ("name", "id", "identity_id", "value", "sku", "timestamp")
            writer.writerow([plain[name] for name in names])
    return path


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    lines = write_lines(path.with_suffix(".ndjson"), rows)
    with duckdb.connect() as connection:
        columns = {"name": "VARCHAR", "id": "VARCHAR", "identity_id": "VARCHAR"}
        columns |= {"value": "DECIMAL(18, 2)", "metadata": "MAP(VARCHAR, VARCHAR)"}
        columns |= {"timestamp": "TIMESTAMP"}
        connection.read_json(str(lines), columns=columns).write_parquet(str(path))
    return path


def bring(server: Served, *arguments: object, code: int = 0) -> str:
    done = matsuri("import", *map(str, arguments), "--url", server.url, **KEYS)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def fetch(server: Served, path: Path, *arguments: str) -> str:
    done = matsuri("export", *arguments, "--output", str(path), "--url", server.url, **KEYS)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def exported(server: Served, prefix: str, *, count: int) -> list[dict[str, Any]]:
    """The purchases of ``prefix``'s players, once the analytics store has them all."""
    found: list[dict[str, Any]] = []

    def there() -> bool:
        path = "/v1/console/export/event?name=purchaseCompleted"
        *lines, _tail = server.request("GET", path, auth=X).body.splitlines()
        rows = [json.loads(line) for line in lines]
        found[:] = [row for row in rows if row["identity_id"].startswith(prefix)]
        return len(found) >= count

    wait_for(there)
    return found


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as it was sent, with times in one form."""
    names = ("name", "id", "identity_id", "value", "metadata")
    moment = row["timestamp"].rstrip("Z").removesuffix(".000000")
    return {**{name: row[name] for name in names}, "timestamp": moment}


def same(found: list[dict[str, Any]], sent: list[dict[str, Any]]) -> bool:
    return sorted(map(plain, found), key=lambda row: row["id"]) == sorted(
        map(plain, sent), key=lambda row: row["id"]
    )


@pytest.mark.parametrize("form", ["ndjson.gz", "csv", "parquet"])
def test_what_is_imported_is_there(server: Served, tmp_path: Path, form: str) -> None:
    prefix = form.partition(".")[0]
    sent = events(1200, prefix=prefix)
    path = tmp_path / f"events.{form}"
    write = {"ndjson": write_lines, "csv": write_csv, "parquet": write_parquet}[prefix]
    more = ["--map", "event=name"] if prefix == "csv" else []
    assert "1,200 events taken" in bring(server, "events", write(path, sent), *more)
    assert same(exported(server, f"{prefix}-player", count=1200), sent)
    assert "imported already" in bring(server, "events", path, *more)
    if prefix == "csv":
        bring(server, "events", path, *more, "--restart")
        # What comes after it has come, too: nothing was counted twice.
        bring(server, "events", write_lines(tmp_path / "last.ndjson", events(1, prefix="csv-end")))
        exported(server, "csv-end", count=1)
        assert len(exported(server, "csv-player", count=1200)) == 1200


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet"])
def test_exports_hold_what_was_sent(server: Served, tmp_path: Path, form: str) -> None:
    prefix = f"out-{form}"
    sent = events(700, prefix=prefix)
    bring(server, "events", write_lines(tmp_path / "in.ndjson", sent))
    exported(server, prefix, count=700)
    path = tmp_path / f"events.{form}"
    fetch(server, path, "events", "--since", "2024-01-02T00:00:00Z", "--until", "2024-01-04")
    found = read_export(path)
    wanted = [row for row in sent if "2024-01-02" <= row["timestamp"] < "2024-01-04"]
    assert same([row for row in found if row["identity_id"].startswith(prefix)], wanted)
    assert list(tmp_path.glob(".*partial*")) == []


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet"])
def test_exports_tell_what_test_devices_sent(server: Served, tmp_path: Path, form: str) -> None:
    player, device = f"test-{form}-player", f"test-{form}-device"
    bring(server, "identities", write_lines(tmp_path / "device.ndjson", [{"id": device}]))
    marked = server.request(
        "PUT", f"/v1/console/identity/{device}/test-device", body={"clock_offset_sec": 0}, auth=X
    )
    assert marked.status == 200
    (one,) = events(1, prefix=f"test-{form}")
    sent = [{**one, "id": who, "identity_id": who} for who in (player, device)]
    bring(server, "events", write_lines(tmp_path / "in.ndjson", sent))
    exported(server, f"test-{form}", count=2)
    path = tmp_path / f"events.{form}"
    fetch(server, path, "events", "--name", "purchaseCompleted")
    told = {row["identity_id"]: row.get("is_test", False) for row in read_export(path)}
    no, yes = ("false", "true") if form == "csv" else (False, True)
    assert (told[player], told[device]) == (no, yes)


def read_export(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".ndjson":
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            return [
                {**row, "metadata": json.loads(row["metadata"] or "{}")}
                for row in csv.DictReader(file)
            ]
    with duckdb.connect() as connection:
        found = connection.read_parquet(str(path))
        rows = [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]
    return [{**row, "timestamp": row["timestamp"].isoformat()} for row in rows]


def test_killed_on_its_way_it_goes_on(server: Served, tmp_path: Path) -> None:
    sent = [{k: v for k, v in row.items() if k != "id"} for row in events(12_000, prefix="killed")]
    for number in range(0, 12_000, 1000):
        sent[number]["name"] = "noSuchEvent"
    path = write_lines(tmp_path / "events.ndjson", sent)
    state = tmp_path / "events.ndjson.import-state.json"
    arguments = ("import", "events", str(path), "--url", server.url)
    for done in (0, 3000, 7000):
        with started(*arguments, **KEYS) as process:
            wait_for(lambda done=done: after(state) > done or process.poll() is not None)  # type: ignore[misc] # a lambda with a default
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    assert after(state) > 0
    told = bring(server, "events", path, code=3)
    assert "11,988 events taken, 12 refused" in told
    found = exported(server, "killed", count=11_988)
    assert len(found) == 11_988
    good = [{**row, "id": ""} for row in sent if row["name"] == "purchaseCompleted"]
    # The fractions of their seconds tell the rows apart.
    by_fraction = sorted(map(plain, found), key=lambda row: row["timestamp"][-7:])
    assert [{**row, "id": ""} for row in by_fraction] == [plain(row) for row in good]
    lines = (tmp_path / "events.ndjson.rejected.ndjson").read_text().splitlines()
    rejected = [json.loads(line) for line in lines]
    assert [one["row"] for one in rejected] == list(range(1, 12_000, 1000))
    assert {one["reason"] for one in rejected} == {"INVALID_NAME"}
    assert rejected[3]["fields"] == sent[3000]


def after(state: Path) -> int:
    return int(json.loads(state.read_text())["after"]) if state.exists() else 0


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "events.ndjson", events(1, prefix="none"))
    done = matsuri("import", "events", str(path), "--url", "ftp://x", **KEYS)
    assert (done.returncode, "no http" in done.stderr) == (1, True)
    done = matsuri("import", "events", str(path), "--map", "a=colour", **KEYS)
    assert (done.returncode, "no field" in done.stderr) == (2, True)


def test_a_wrong_key_is_said(server: Served, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "events.ndjson", events(1, prefix="none"))
    done = matsuri("import", "events", str(path), "--url", server.url, "--api-key", "x" * 36)
    assert (done.returncode, "key is not accepted" in done.stderr) == (1, True)
    done = matsuri(
        "export",
        "player",
        "nobody-0001",
        "--output",
        str(tmp_path / "p"),
        "--url",
        server.url,
        **KEYS,
    )
    assert done.returncode == 1
    assert not (tmp_path / "p").exists()


def test_everything_moves_to_another_server(server: Served, tmp_path: Path) -> None:
    prefix = "moving"
    sent = events(300, prefix=prefix)
    bring(server, "events", write_lines(tmp_path / "in.ndjson", sent))
    exported(server, prefix, count=300)
    ids = sorted({row["identity_id"] for row in sent})
    before = {one: portrait(server, one) for one in ids}
    path = tmp_path / "all.parquet"
    fetch(server, path, "events")
    people = [
        {"id": one, "default": shown["default"], "create_time": shown["create_time_sec"]}
        for one, shown in before.items()
    ]
    people.append({"id": "bad id", "default": {}, "create_time": "0"})
    with served(tmp_path / "other") as other:
        told = bring(other, "identities", write_lines(tmp_path / "people.ndjson", people), code=3)
        assert f"{len(ids)} identities taken, 1 refused" in told
        assert "reserved ones left out" in bring(other, "events", path)
        wait_for(lambda: all(portrait(other, one) == before[one] for one in ids))
        document = tmp_path / "player.json"
        fetch(other, document, "player", ids[0])
        exported_player = json.loads(document.read_text("utf-8"))
        assert exported_player["identity"]["id"] == ids[0]
        assert exported_player["properties"]["computed"] == before[ids[0]]["computed"]


def portrait(server: Served, identity_id: str) -> dict[str, Any]:
    reply = server.request("GET", f"/v1/console/identity/{identity_id}", auth=X)
    assert reply.status == 200
    names = ("id", "create_time_sec", "default", "computed", "custom")
    return {name: reply.json[name] for name in names}
