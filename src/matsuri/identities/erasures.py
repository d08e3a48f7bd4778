"""Erasing players, on the side of the API: requests, the control database's part, receipts.

The pipeline removes what was made of the player's events, and the worker searches its stores for
what is left (``identities/erase.py``). When it has reported, the control database is searched
here, what the player was called is forgotten, and the receipt is signed.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import structlog
from sqlalchemy.engine import Connection

from matsuri.adapters.byte_search import Needles
from matsuri.adapters.database import Database
from matsuri.adapters.sqlite_scrub import scrub_sqlite
from matsuri.errors import MatsuriError, NotFound
from matsuri.events.model import ProfileErased
from matsuri.events.redact import Erased, redact
from matsuri.identities import erasure_requests, store
from matsuri.identities.audit_trail import AuditTrail
from matsuri.identities.erasure_model import (
    Erasure,
    State,
    StoreReport,
    Traces,
    WorkerReport,
    digest_of,
    make_receipt,
    report_search,
)
from matsuri.identities.erasure_store import keys_erased_with, load_reports, seal_position
from matsuri.identities.followers import IdentityFollower
from matsuri.identities.model import Identity
from matsuri.identities.outbox import Outbox
from matsuri.identities.profile_store import session_ids
from matsuri.identities.sessions import Player
from matsuri.identities.sign_receipt import sign_receipt
from matsuri.kit.clock import Clock
from matsuri.kit.ids import new_id
from matsuri.kit.paging import Cursor
from matsuri.kit.receipt_keys import public_key

CONTROL_STORE = "control.db"
_PLAYER = "player"
# In the audit log: no console user.
_GAME = "game"
_SALT_BYTES = 16
_LOOK_SECONDS = 0.5
_AT_ONCE_MAX = 1000

logger = structlog.get_logger(__name__)


class LogSealer(Protocol):
    """The log's writer, as far as erasing needs it."""

    def seal(self, position: int) -> None:
        """Write no more, soon, to segments that begin before ``position``."""
        ...


class ControlFile(NamedTuple):
    """The control database's file, and up to which size a scrub writes it anew."""

    path: Path
    vacuum_bytes_max: int


class ReceiptSigner(NamedTuple):
    """What receipts are signed with, and the version of the server that does."""

    key: str
    version: str


class Erasures:
    """The use cases of erasing players."""

    def __init__(  # noqa: PLR0913 # all that an erasure goes through
        self,
        *,
        control: Database,
        history: Database,
        control_file: ControlFile,
        outbox: Outbox,
        log: LogSealer,
        clock: Clock,
        signer: ReceiptSigner,
        followers: Sequence[IdentityFollower] = (),
        audit: AuditTrail,
    ) -> None:
        self._control = control
        self._history = history
        self._file = control_file
        self._outbox = outbox
        self._log = log
        self._clock = clock
        self._signer = signer
        self._followers = followers
        self._audit = audit

    @property
    def public_key(self) -> dict[str, str]:
        """The JWK with which anybody can verify receipts."""
        return public_key(self._signer.key)

    async def erase_caller(self, player: Player) -> str:
        """Erase the player who asks: see ``erase``."""
        key = player.identity_key
        return await self._erase(
            await self._control.read(lambda c: store.get_identity(c, key)), requested_by=_PLAYER
        )

    async def erase(self, identity_id: str, *, requested_by: str) -> str:
        """Erase the player of that id, or of whom it is an alias; the id of the erasure.

        The identity and its sessions are gone when this returns, and no token works any more; the
        rest follows. Raises ``NotFound`` where there is no such identity.
        """
        found = await self._control.read(lambda c: store.find_identities(c, [identity_id]))
        return await self._erase(found.get(identity_id), requested_by=requested_by)

    async def _erase(self, identity: Identity | None, *, requested_by: str) -> str:
        if identity is None:
            raise NotFound("Identity not found")
        key = identity.key
        now_us = self._clock.now_us()
        played = await self._history.read(lambda c: session_ids(c, key))
        salt = secrets.token_bytes(_SALT_BYTES)
        erasure_id = new_id()

        def work(connection: Connection) -> tuple[int, bytes] | None:
            current = store.get_identity(connection, key)
            if current is None:
                return None
            aliases, opened = store.erase_identity(connection, current)
            ids = [current.id, *aliases]
            removed: Counter[str] = Counter()
            for follower in self._followers:
                removed.update(follower.erased(connection, ids))
            of_others = store.find_identities(connection, [current.sample_id])
            traces = Traces(
                ids,
                sorted({*opened, *played}),
                removed,
                sample_id="" if of_others else current.sample_id,
            )
            erasure_requests.add_erasure(
                connection,
                Erasure(
                    id=erasure_id,
                    profile_key=key,
                    requested_us=now_us,
                    requested_by=requested_by,
                    salt=salt,
                    identity_digest=digest_of(current.id, salt),
                    traces=traces,
                ),
            )
            # Whom it was about is what is erased: the erasure has the digest of the id.
            self._audit.note(
                connection,
                at_us=now_us,
                actor=_GAME if requested_by == _PLAYER else None,
                action="identity.erase",
                subject_kind="erasure",
                subject_id=erasure_id,
            )
            return store.put_in_outbox(connection, [ProfileErased(at_us=now_us, profile_key=key)])

        promised = await self._control.write(work)
        if promised is None:
            raise NotFound("Identity not found")
        await self._outbox.deliver(*promised)
        return erasure_id

    async def find(self, erasure_id: str) -> tuple[Erasure, State]:
        """One erasure, and how far it has come; raises ``NotFound``."""
        erasure = await self._control.read(lambda c: erasure_requests.find_erasure(c, erasure_id))
        if erasure is None:
            raise NotFound("Erasure not found")
        return (await self._with_states([erasure]))[0]

    async def latest(self, *, limit: int, cursor: Cursor | None) -> list[tuple[Erasure, State]]:
        """Erasures, the latest first, as ``list_erasures`` walks them."""
        found = await self._control.read(
            lambda c: erasure_requests.list_erasures(c, limit=limit, cursor=cursor)
        )
        return await self._with_states(found)

    async def _with_states(self, erasures: Sequence[Erasure]) -> list[tuple[Erasure, State]]:
        keys = [each.profile_key for each in erasures]
        erased = await self._history.read(lambda c: keys_erased_with(c, keys))
        removed = {each.profile_key for each in erased}
        return [(each, _state(each, removed)) for each in erasures]

    async def keep_finishing(self) -> None:
        """Do this process's part, for ever; what fails is tried again."""
        while True:
            try:
                await self.finish()
            except (MatsuriError, OSError) as error:
                logger.warning("an erasure waits for control.db", reason=str(error))
            except Exception:
                logger.exception("an erasure waits for control.db")
            await asyncio.sleep(_LOOK_SECONDS)

    async def finish(self) -> int:
        """Seal the log where the worker asks for it, and finish what it has reported.

        Returns how many erasures got their receipts. Raises ``Unavailable`` and ``OSError``; the
        same call later goes on.
        """
        self._log.seal(await self._history.read(seal_position))
        waiting = await self._control.read(
            lambda c: erasure_requests.open_erasures(c, limit=_AT_ONCE_MAX)
        )
        if not waiting:
            return 0
        reports = await self._history.read(lambda c: load_reports(c, [e.id for e in waiting]))
        ready = [erasure for erasure in waiting if erasure.id in reports]
        if not ready or await self._promised_still(ready):
            return 0
        await self._control.write(
            lambda c: erasure_requests.forget_traces(c, [each.id for each in ready])
        )
        stores = await asyncio.to_thread(self._scrub_control, ready)
        scrubbed_us = self._clock.now_us()
        receipts = [
            (each.id, self._receipt(each, reports[each.id], stores[each.id], scrubbed_us))
            for each in ready
        ]
        await self._control.write(
            lambda c: erasure_requests.finish_erasures(c, receipts, scrubbed_us=scrubbed_us)
        )
        return len(ready)

    async def _promised_still(self, ready: Sequence[Erasure]) -> bool:
        """Whether anything of these players is on its way to the log, and so in the outbox."""
        await self._outbox.flush()
        keys = await self._history.read(
            lambda c: keys_erased_with(c, [each.profile_key for each in ready])
        )
        erased = Erased({key.profile_key: key.erased_key for key in keys}, {})
        rows = await self._control.read(store.outbox_rows)
        return any(redact(payload, erased) is not None for _, payload in rows)

    def _receipt(
        self, erasure: Erasure, report: WorkerReport, own: StoreReport, scrubbed_us: int
    ) -> str:
        receipt = make_receipt(
            erasure, report, [own], scrubbed_us=scrubbed_us, version=self._signer.version
        )
        return sign_receipt(receipt, self._signer.key)

    def _scrub_control(self, ready: Sequence[Erasure]) -> dict[str, StoreReport]:
        """Search the control database for what each of these players was called."""
        # After a crash at this point nobody knows any more what to look for: all is made anew.
        forgotten = any(each.traces is None for each in ready)
        needles = Needles(text for each in ready if each.traces for text in each.traces.texts)
        path, bytes_max = self._file
        if forgotten:
            bytes_max = max(bytes_max, path.stat().st_size)
        done = scrub_sqlite(path, needles, rewrite_bytes_max=bytes_max)
        return {
            each.id: report_search(
                CONTROL_STORE,
                each.traces,
                done.found,
                live=done.live,
                removed=_removed(each),
                bytes_rewritten=done.bytes_rewritten,
            )
            for each in ready
        }


def _removed(erasure: Erasure) -> dict[str, int]:
    if erasure.traces is None:
        return {"identities": 1}
    aliases = len(erasure.traces.ids) - 1
    return {"identities": 1, "identity_aliases": aliases, **erasure.traces.removed}


def _state(erasure: Erasure, removed: set[int]) -> State:
    if erasure.scrubbed_us is not None:
        return State.SCRUBBED
    return State.REMOVED if erasure.profile_key in removed else State.REQUESTED
