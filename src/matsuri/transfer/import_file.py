"""One file goes into a server: read, map, send several batches at once, keep what was refused."""

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec

from matsuri.transfer.import_state import ImportState, save_state
from matsuri.transfer.rows import UNREADABLE, BadRow, Refusal, Row, TransferFailed
from matsuri.transfer.send_batch import Poster, Target, send_batch

# Below the server's own limits as they are usually set.
BATCH_ROWS_MAX = 500
BATCH_BYTES_MAX = 512 * 1024

# The item to send, ``None`` for a row to leave out, or why there is none.
MapRow = Callable[[Row], dict[str, Any] | Refusal | None]


class Refused(NamedTuple):
    """A row that was not taken, and why."""

    row: Row | BadRow
    why: Refusal


class Batch(NamedTuple):
    """Rows in their order, up to the number ``last``: to send, refused here, or left out."""

    last: int
    rows: list[Row]
    items: list[dict[str, Any]]
    refused: list[Refused]
    left_out: int


def batches(rows: Iterable[Row | BadRow], map_row: MapRow) -> Iterator[Batch]:
    """Batches of rows, none too large for a request."""
    batch, size = Batch(0, [], [], [], 0), 0
    for row in rows:
        mapped = Refusal(UNREADABLE, row.problem) if isinstance(row, BadRow) else map_row(row)
        added = 0
        if isinstance(mapped, dict):
            added = len(msgspec.json.encode(mapped)) + 1
            if size and size + added > BATCH_BYTES_MAX:
                yield batch
                batch, size = Batch(0, [], [], [], 0), 0
        if isinstance(mapped, Refusal):
            batch.refused.append(Refused(row, mapped))
        elif mapped is not None and isinstance(row, Row):
            batch.rows.append(row)
            batch.items.append(mapped)
        left_out = batch.left_out + (mapped is None)
        batch, size = batch._replace(last=row.number, left_out=left_out), size + added
        if len(batch.items) + len(batch.refused) + batch.left_out >= BATCH_ROWS_MAX:
            yield batch
            batch, size = Batch(0, [], [], [], 0), 0
    if batch.last:
        yield batch


class RejectFile:
    """Where refused rows are kept. What a state does not know of is cut off when it opens.

    Raises ``TransferFailed`` where what it knows of is not there any more.
    """

    def __init__(self, path: Path, *, known_bytes: int) -> None:
        self._path = path
        if known_bytes and (not path.exists() or path.stat().st_size < known_bytes):
            raise TransferFailed(f"{path.name} was changed or removed; --restart begins anew")
        self._file = path.open("ab") if known_bytes else None
        self.bytes = known_bytes
        if self._file is not None:
            self._file.truncate(known_bytes)
        else:
            path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, refused: Iterable[Refused]) -> None:
        """Keep these for good; the file is made for the first of them."""
        lines = [_line(one) for one in refused]
        if not lines:
            return
        if self._file is None:
            self._file = self._path.open("ab")
        self.bytes += self._file.write(b"".join(lines))
        self._file.flush()
        os.fsync(self._file.fileno())


class Destination(NamedTuple):
    """Where rows go: a server, what they become there, and how many requests go at once."""

    server: Poster
    target: Target
    parallel: int


def import_file(
    rows: Iterable[Row | BadRow],
    map_row: MapRow,
    destination: Destination,
    *,
    state: ImportState,
    state_file: Path,
    reject_file: RejectFile,
    on_progress: Callable[[ImportState], None],
) -> ImportState:
    """Send every row; the state after the last.

    At most ``parallel`` requests are under way, and as many batches in memory. Batches are done
    with in their order, so that the state is one number: whoever goes on from it sends again at
    most those that were under way. Raises ``TransferFailed``, with the state stored.
    """
    under_way: deque[tuple[Batch, Future[dict[int, Refusal]]]] = deque()

    def finish() -> ImportState:
        batch, sent = under_way.popleft()
        refused = [Refused(batch.rows[at], why) for at, why in sent.result().items()]
        after = _done_with(state, batch, refused)
        reject_file.add(sorted([*batch.refused, *refused], key=lambda one: one.row.number))
        after = msgspec.structs.replace(after, rejected_bytes=reject_file.bytes)
        save_state(state_file, after)
        on_progress(after)
        return after

    server, target, parallel = destination
    pool = ThreadPoolExecutor(parallel, thread_name_prefix="import")
    try:
        for batch in batches(rows, map_row):
            if len(under_way) >= parallel:
                state = finish()
            under_way.append((batch, pool.submit(send_batch, server, target, batch.items)))
        while under_way:
            state = finish()
    finally:
        # Whoever still waits for the server now waits in vain.
        server.stop()
        pool.shutdown(cancel_futures=True)
    state = msgspec.structs.replace(state, done=True)
    save_state(state_file, state)
    return state


def _done_with(state: ImportState, batch: Batch, refused: list[Refused]) -> ImportState:
    return msgspec.structs.replace(
        state,
        after=batch.last,
        taken=state.taken + len(batch.items) - len(refused),
        refused=state.refused + len(batch.refused) + len(refused),
        left_out=state.left_out + batch.left_out,
    )


def _line(refused: Refused) -> bytes:
    row = refused.row
    told: dict[str, Any] = {
        "row": row.number,
        "reason": refused.why.reason,
        "problem": refused.why.problem,
    }
    if isinstance(row, BadRow):
        told["raw"] = row.raw
    else:
        told["fields"] = row.fields
    # The standard library writes whatever a file can hold, as ASCII.
    return json.dumps(told, default=str).encode() + b"\n"
