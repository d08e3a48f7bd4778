"""One import: batches, refusals, and going on where it was."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.transfer.import_file import (
    BATCH_BYTES_MAX,
    BATCH_ROWS_MAX,
    Destination,
    RejectFile,
    batches,
    import_file,
)
from matsuri.transfer.import_state import (
    ImportState,
    file_digest,
    load_state,
    rejected_path,
    save_state,
    state_path,
)
from matsuri.transfer.rows import BadRow, Refusal, Row, TransferFailed
from matsuri.transfer.send_batch import EventTarget, IdentityTarget, send_batch
from matsuri.transfer.server_client import Answer, ServerClient
from tests.support.fake_server import FakeServer, refuses

FRESH = ImportState(kind="events", server="http://a", file_sha256="d", maps={})


def rows(count: int, *, first: int = 1) -> list[Row | BadRow]:
    return [Row(number, {"id": f"{number:06}"}) for number in range(first, count + 1)]


def as_event(row: Row) -> dict[str, Any] | Refusal | None:
    kind = row.fields.get("kind")
    if kind == "local":
        return Refusal("INVALID_FIELD", "is wrong")
    return None if kind == "skip" else {"name": kind or "a", "id": row.fields["id"]}


def run(
    folder: Path, given: list[Row | BadRow], server: FakeServer, *, state: ImportState = FRESH
) -> ImportState:
    path = folder / "events.ndjson"
    with RejectFile(rejected_path(path), known_bytes=state.rejected_bytes) as reject_file:
        return import_file(
            [row for row in given if row.number > state.after],
            as_event,
            Destination(server, EventTarget(), 4),
            state=state,
            state_file=state_path(path),
            reject_file=reject_file,
            on_progress=lambda _state: None,
        )


def rejected(folder: Path) -> list[Any]:
    path = rejected_path(folder / "events.ndjson")
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def stored(folder: Path) -> ImportState:
    return load_state(state_path(folder / "events.ndjson"), FRESH)


def test_every_row_goes_once(tmp_path: Path) -> None:
    server = FakeServer()
    state = run(tmp_path, rows(2750), server)
    assert server.ids() == [f"{number:06}" for number in range(1, 2751)]
    assert max(len(items) for items in server.taken) == BATCH_ROWS_MAX
    assert (state.taken, state.after, state.done) == (2750, 2750, True)
    assert stored(tmp_path) == state
    assert not rejected_path(tmp_path / "events.ndjson").exists()


def test_what_is_refused_is_kept_in_order(tmp_path: Path) -> None:
    given: list[Row | BadRow] = [
        Row(1, {"id": "a"}),
        BadRow(2, "is no JSON", "{"),
        Row(3, {"id": "b", "kind": "bad"}),
        Row(4, {"id": "c", "kind": "skip"}),
        Row(5, {"id": "d", "kind": "local", "odd": "\udc80"}),
        Row(6, {"id": "e"}),
    ]
    state = run(tmp_path, given, FakeServer(refuses(lambda item: item["name"] == "bad")))
    assert (state.taken, state.refused, state.left_out) == (2, 3, 1)
    assert rejected(tmp_path) == [
        {"row": 2, "reason": "UNREADABLE", "problem": "is no JSON", "raw": "{"},
        {
            "row": 3,
            "reason": "INVALID_NAME",
            "problem": "is not declared",
            "fields": {"id": "b", "kind": "bad"},
        },
        {
            "row": 5,
            "reason": "INVALID_FIELD",
            "problem": "is wrong",
            "fields": {"id": "d", "kind": "local", "odd": "\udc80"},
        },
    ]


def test_a_server_that_goes_leaves_a_state_to_go_on_from(tmp_path: Path) -> None:
    given = [
        Row(number, {"id": f"{number:06}", "kind": "bad" if number % 100 == 0 else "a"})
        for number in range(1, 5001)
    ]
    answers = refuses(lambda item: item["name"] == "bad")

    def dies_on_the_way(items: list[dict[str, Any]]) -> Answer:
        if items[0]["id"] > "002800":
            raise TransferFailed("gone")
        return answers(items)

    first = FakeServer(dies_on_the_way)
    with pytest.raises(TransferFailed, match="gone"):
        run(tmp_path, list(given), first)
    assert first.stopped
    state = stored(tmp_path)
    assert (state.after, state.done) == (3000, False)
    # What a crash wrote to the reject file after the state goes.
    with rejected_path(tmp_path / "events.ndjson").open("ab") as file:
        file.write(b'{"row": 3100, "cut of')
    second = FakeServer(answers)
    done = run(tmp_path, list(given), second, state=state)
    assert (done.taken, done.refused) == (4950, 50)
    assert [one["row"] for one in rejected(tmp_path)] == list(range(100, 5001, 100))
    assert second.ids()[0] == "003001"
    assert {*first.ids(), *second.ids()} == {row.fields["id"] for row in given}


def test_a_reject_file_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(TransferFailed, match="--restart"):
        RejectFile(tmp_path / "gone", known_bytes=10)


def test_beginning_anew_forgets_old_refusals(tmp_path: Path) -> None:
    bad: list[Row | BadRow] = [BadRow(1, "is no JSON", "{")]
    run(tmp_path, bad, FakeServer())
    assert len(rejected(tmp_path)) == 1
    run(tmp_path, rows(1), FakeServer())
    assert rejected(tmp_path) == []


@given(
    st.lists(
        st.tuples(st.sampled_from(["send", "local", "skip", "bad"]), st.integers(1, 300_000)),
        max_size=30,
    )
)
def test_batches_have_every_row_once_and_are_small(given: list[tuple[str, int]]) -> None:
    items: list[Row | BadRow] = [
        BadRow(number, "bad", "")
        if kind == "bad"
        else Row(number, {"kind": kind, "id": "x" * size})
        for number, (kind, size) in enumerate(given, start=1)
    ]
    made = list(batches(items, as_event))
    sent = [row.number for batch in made for row in batch.rows]
    refused = [one.row.number for batch in made for one in batch.refused]
    left_out = sum(batch.left_out for batch in made)
    assert sent == sorted(sent)
    assert len(sent) + len(refused) + left_out == len(items)
    assert [batch.last for batch in made] == sorted({batch.last for batch in made})
    if made:
        assert made[-1].last == len(items)
    for batch in made:
        size = len(msgspec.json.encode(batch.items))
        assert size <= BATCH_BYTES_MAX + 2 or len(batch.items) == 1


def test_a_request_that_is_refused_whole_is_sent_in_halves() -> None:
    def judge(items: list[dict[str, Any]]) -> Answer:
        if any(item["id"] == "poison" for item in items):
            return Answer(400, b'{"message":"no","details":[{"field":"events[3].timestamp"}]}')
        return Answer(200, b"{}")

    server = FakeServer(judge)
    items = [{"name": "a", "id": str(number)} for number in range(9)]
    items[6]["id"] = "poison"
    assert send_batch(server, EventTarget(), items) == {6: Refusal("REFUSED", "no")}
    good = [item["id"] for taken in server.taken for item in taken if len(taken) == 1]
    assert "poison" in good


def test_too_large_requests_are_halved() -> None:
    server = FakeServer(
        lambda items: Answer(200 if len(items) <= 2 else 413, b'{"message":"large"}')
    )
    assert send_batch(server, EventTarget(), [{"name": "a", "id": str(n)} for n in range(7)]) == {}
    assert sorted(i["id"] for taken in server.taken if len(taken) <= 2 for i in taken) == list(
        "0123456"
    )


def test_an_error_of_the_server_is_no_refusal_of_rows() -> None:
    server = FakeServer(lambda _items: Answer(500, b'{"message":"Internal error"}'))
    with pytest.raises(TransferFailed, match="Internal error"):
        send_batch(server, EventTarget(), [{"name": "a", "id": "1"}])
    server = FakeServer(lambda _items: Answer(500, b"<html>"))
    with pytest.raises(TransferFailed, match="no Matsuri"):
        send_batch(server, EventTarget(), [{"name": "a", "id": "1"}])


@pytest.mark.parametrize("target", [EventTarget(), IdentityTarget()])
@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null"])
def test_whatever_says_200_is_not_yet_a_server(target: Any, body: bytes) -> None:
    server = FakeServer(lambda _items: Answer(200, body))
    with pytest.raises(TransferFailed, match="no Matsuri"):
        send_batch(server, target, [{"name": "a", "id": "1"}])


def test_identities_tell_their_refusals() -> None:
    refused = [{"index": 1, "id": "x", "field": "id", "problem": "cannot name an identity"}]
    body = msgspec.json.encode({"created": 1, "updated": 0, "refused": refused})
    server = FakeServer(lambda _items: Answer(200, body))
    found = send_batch(server, IdentityTarget(), [{"id": "player-0001"}, {"id": "x"}])
    assert found == {1: Refusal("INVALID_FIELD", "id cannot name an identity")}


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"kind": "identities"}, "import of events"),
        ({"server": "http://b"}, "into http://a"),
        ({"file_sha256": "e"}, "other content"),
        ({"maps": {"a": "name"}}, "other columns"),
        ({"version": 2}, "another version"),
    ],
)
def test_a_state_belongs_to_one_import(
    tmp_path: Path, changes: dict[str, Any], problem: str
) -> None:
    path = tmp_path / "state.json"
    save_state(path, msgspec.structs.replace(FRESH, after=5))
    assert load_state(path, FRESH).after == 5
    with pytest.raises(TransferFailed, match=problem):
        load_state(path, msgspec.structs.replace(FRESH, **changes))


def test_a_state_that_is_damaged_is_no_beginning(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    assert load_state(path, FRESH) is FRESH
    path.write_bytes(b'{"version":')
    with pytest.raises(TransferFailed, match="--restart"):
        load_state(path, FRESH)


def test_the_digest_is_that_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    (tmp_path / "b").write_bytes(b"x" * 3_000_000)
    (tmp_path / "c").write_bytes(b"x" * 2_999_999 + b"y")
    digests = [file_digest(tmp_path / name) for name in "abc"]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize("url", ["ftp://a", "http://", "file:///etc/passwd", "http://a:99999"])
def test_an_address_must_be_one(url: str) -> None:
    with pytest.raises(TransferFailed, match="no http"):
        ServerClient(url, "key", patience_seconds=0)
