"""What an erasure, its traces and its receipt are. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Protocol

import msgspec

from matsuri.kit.clock import MICROSECONDS

DIGEST_METHOD = "SHA-256 of the salt's bytes followed by the identity id"
RECEIPT_FORM = 1
# Shorter texts stand everywhere by chance; identity ids are never shorter.
_TRACE_CHARS_MIN = 8


class State(StrEnum):
    """How far an erasure has come."""

    REQUESTED = "requested"
    """The identity is gone; its history is about to go."""
    REMOVED = "removed"
    """No question finds anything of the player any more; bytes may be left in files."""
    SCRUBBED = "scrubbed"
    """Every store was searched for what is left, and there is a receipt."""


class Searched(Protocol):
    """What a search came to."""

    @property
    def files(self) -> int:
        """How many files were read."""
        ...

    @property
    def bytes(self) -> int:
        """How many bytes they have."""
        ...

    @property
    def matches(self) -> Mapping[str, int]:
        """How often each text that was looked for stands there; absent where it does not."""
        ...


class Traces(msgspec.Struct, frozen=True):
    """What the player was called: kept until every store was searched for it, and no longer.

    ``sample_id`` is empty where it is another player's id now. ``removed`` counts, by kind, what
    was kept under ``ids`` beside the identity.
    """

    ids: list[str]
    sessions: list[str]
    removed: dict[str, int] = {}
    sample_id: str = ""

    @property
    def texts(self) -> list[str]:
        """Everything to look for."""
        texts = dict.fromkeys((*self.ids, *self.sessions, self.sample_id))
        return [text for text in texts if len(text) >= _TRACE_CHARS_MIN]


class Erasure(msgspec.Struct, frozen=True):
    """The request to erase a player. Times are microseconds since the epoch.

    ``receipt`` is its signed form, empty until it is scrubbed; ``traces`` is ``None`` from shortly
    before that on.
    """

    id: str
    profile_key: int
    requested_us: int
    requested_by: str
    salt: bytes
    identity_digest: bytes
    traces: Traces | None = None
    scrubbed_us: int | None = None
    receipt: str = ""


class StoreReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was done in one store.

    ``removed`` counts, by kind, what was removed; ``bytes_rewritten`` were written anew without
    it. Then all ``bytes_searched`` of ``files`` were searched for what the player was called:
    ``matches_of_others`` stand in what is stored of others, ``matches_unexplained`` do not, as far
    as can be told.
    """

    store: str
    files: int
    bytes_searched: int
    removed: dict[str, int] = {}
    bytes_rewritten: int = 0
    matches_of_others: int = 0
    matches_unexplained: int = 0


class WorkerReport(msgspec.Struct, frozen=True):
    """What the worker did for one erasure.

    ``runs`` is how often it began: what was removed by a run that was cut short is not counted.
    """

    runs: int
    removed_us: int
    started_us: int
    finished_us: int
    stores: list[StoreReport]


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What is signed. Times are seconds since the epoch, as text."""

    form: int
    matsuri_version: str
    erasure_id: str
    identity_digest: str
    salt: str
    digest_method: str
    requested_by: str
    request_time_sec: str
    remove_time_sec: str
    scrub_time_sec: str
    runs: int
    stores: list[StoreReport]


def report_search(
    store: str,
    traces: Traces | None,
    searched: Searched,
    *,
    live: Mapping[str, int] | None = None,
    removed: Mapping[str, int] | None = None,
    bytes_rewritten: int = 0,
) -> StoreReport:
    """What a search of one store came to for the player who was called so.

    ``live`` has the matches that stand in what is stored of others; without it, all do. Without
    ``traces`` nothing was searched for: a crash came between, and all was written anew instead.
    """
    texts = set(traces.texts) if traces is not None else set()
    matches = {text: count for text, count in searched.matches.items() if text in texts}
    explained = sum(
        count if live is None else min(count, live.get(text, 0)) for text, count in matches.items()
    )
    return StoreReport(
        store=store,
        files=0 if traces is None else searched.files,
        bytes_searched=0 if traces is None else searched.bytes,
        removed={kind: count for kind, count in (removed or {}).items() if count},
        bytes_rewritten=bytes_rewritten,
        matches_of_others=explained,
        matches_unexplained=sum(matches.values()) - explained,
    )


def digest_of(identity_id: str, salt: bytes) -> bytes:
    """What stands for an identity in a receipt: who knows the id can match it, nobody else."""
    return hashlib.sha256(salt + identity_id.encode()).digest()


def make_receipt(
    erasure: Erasure,
    report: WorkerReport,
    stores: Iterable[StoreReport],
    *,
    scrubbed_us: int,
    version: str,
) -> Receipt:
    """The receipt of an erasure: what the worker did, and what was done in ``stores``."""
    return Receipt(
        form=RECEIPT_FORM,
        matsuri_version=version,
        erasure_id=erasure.id,
        identity_digest=erasure.identity_digest.hex(),
        salt=erasure.salt.hex(),
        digest_method=DIGEST_METHOD,
        requested_by=erasure.requested_by,
        request_time_sec=str(erasure.requested_us // MICROSECONDS),
        remove_time_sec=str(report.removed_us // MICROSECONDS),
        scrub_time_sec=str(scrubbed_us // MICROSECONDS),
        runs=report.runs,
        stores=[*report.stores, *stores],
    )
