"""Who takes part in what: read for every decision, and made to stick before an answer tells it."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.adapters.database_point_reads import PointReads
from matsuri.definitions.store import ids_of_kind
from matsuri.enrolments import store
from matsuri.enrolments.exposure import exposed
from matsuri.enrolments.model import Admission, Enrolment, Enrolments, Part, SubjectKind
from matsuri.enrolments.store import Place
from matsuri.errors import NotFound, invalid_field
from matsuri.events.model import Entry
from matsuri.identities import store as identity_store
from matsuri.identities.outbox import Outbox
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.kit.paging import Cursor, Page, page_from_store

_TIDY_SECONDS = 60
_ROWS_PER_TIDY = 1000


class Refusal(StrEnum):
    """Why somebody gets no place."""

    FULL = "full"
    """All places are taken."""
    EXCLUDED = "excluded"
    """The player takes part in something that does not go with it."""


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """What a player takes part in after admissions, and what was ``refused``.

    ``identity_version`` is the player's then; the admission itself raised it by one if it
    ``wrote`` anything.
    """

    held: Mapping[Part, Enrolment]
    refused: Mapping[Part, Refusal]
    identity_version: int
    wrote: bool = False


class _Outcome(msgspec.Struct):
    admitted: Admitted
    promised: tuple[int, bytes] | None = None


class EnrolmentBook:
    """All places, and which parts were full a short time ago.

    That a part is full is remembered for ``full_seconds``: so long nobody else asks for a place of
    it, and one that becomes free stays free, unless ``forget_full`` is called.
    """

    def __init__(
        self,
        *,
        database: Database,
        points: PointReads,
        outbox: Outbox,
        clock: Clock,
        full_seconds: float,
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._clock = clock
        self._full_us = int(full_seconds * MICROSECONDS)
        self._of = points.prepare_all(store.enrolments_point)
        self._full: dict[Part, int] = {}
        self._tidied_us = 0

    async def of(self, identity_id: str) -> Enrolments:
        """What the player of that id takes part in, and what is full; raises ``Unavailable``."""
        rows = self._of(identity_id)
        held = {each.part: each for each in map(store.enrolment_of_point, rows)}
        return Enrolments(held, self._full_now()) if held or self._full else _NOTHING

    async def of_many(self, identity_ids: Sequence[str]) -> Mapping[str, Enrolments]:
        """The same of many, also of ids without any place; raises ``Unavailable``."""
        found = await self._database.read(lambda c: store.places_of_many(c, identity_ids))
        full = self._full_now()
        return {each: Enrolments(found.get(each, {}), full) for each in identity_ids}

    def forget_full(self) -> None:
        """Something that decides has changed: perhaps there are more places now."""
        self._full.clear()

    async def admit(
        self,
        identity_key: int,
        admissions: Sequence[Admission],
        *,
        now_us: int,
        is_test: bool = False,
    ) -> Admitted:
        """Give the player these places, as far as there are any; to do so again changes nothing.

        All are decided in one transaction, in their order. Of a place with an ``exposure`` the log
        is told, unless it is a test device's. Where ``is_test`` is not what the player is by then,
        nothing is given: the admissions are those of another clock. Raises ``NotFound`` for a
        player who is gone, and ``Unavailable``, with nothing given.
        """
        outcome = await self._database.write(
            lambda c: _admit(c, identity_key, admissions, now_us=now_us, is_test=is_test)
        )
        if outcome.promised is not None:
            await self._outbox.deliver(*outcome.promised)
        until_us = self._clock.now_us() + self._full_us
        for part, refusal in outcome.admitted.refused.items():
            if refusal is Refusal.FULL:
                self._full[part] = until_us
        return outcome.admitted

    async def counts(self, subject_id: str) -> Mapping[tuple[Part, str], int]:
        """How many take part, by part and variant; raises ``Unavailable``."""
        return await self._database.read(lambda c: store.counts_of(c, subject_id))

    async def participants(
        self, part: Part, *, variant: str = "", limit: int, cursor: Cursor | None = None
    ) -> Page[tuple[str, Enrolment]]:
        """Who takes part, by id; with a ``variant`` only those who have it.

        Raises ``InvalidArgument`` for a cursor of another list, and ``Unavailable``.
        """
        if cursor is not None and (len(cursor.key) != 1 or not isinstance(cursor.key[0], str)):
            raise invalid_field("pagination.cursor", "is a cursor of something else")
        found = await self._database.read(
            lambda c: store.page_of_part(c, part, variant=variant, limit=limit + 1, cursor=cursor)
        )
        return page_from_store(found, key=lambda each: (each[0],), limit=limit, cursor=cursor)

    async def keep_tidy(self) -> None:
        """``tidy``, unless that was done within the last minute; raises ``Unavailable``."""
        now_us = self._clock.now_us()
        if now_us - self._tidied_us >= _TIDY_SECONDS * MICROSECONDS:
            self._tidied_us = now_us
            await self.tidy()

    async def tidy(self) -> int:
        """Take the places in what has been deleted; how many.

        It does a little at a time: what it leaves goes with the next call.
        """

        def work(connection: Connection) -> int:
            known = {each for kind in SubjectKind for each in ids_of_kind(connection, kind.value)}
            gone = 0
            for subject_id in set(store.subjects_with_counts(connection)) - known:
                left = _ROWS_PER_TIDY - gone
                if left > 0:
                    gone += store.forget_subject(connection, subject_id, rows_max=left)
            return gone

        return await self._database.write(work)

    @staticmethod
    def remove_test_places(connection: Connection, identity_id: str) -> int:
        """Take the places that an id has as a test device, within a transaction; how many."""
        return store.forget_places(connection, [identity_id], tests_only=True)

    def _full_now(self) -> frozenset[Part]:
        if not self._full:
            return frozenset()
        now_us = self._clock.now_us()
        for part in [each for each, until_us in self._full.items() if until_us <= now_us]:
            del self._full[part]
        return frozenset(self._full)


_NOTHING = Enrolments()


def _admit(
    connection: Connection,
    identity_key: int,
    admissions: Sequence[Admission],
    *,
    now_us: int,
    is_test: bool,
) -> _Outcome:
    identity = identity_store.get_identity(connection, identity_key)
    if identity is None:
        raise NotFound("Identity not found")
    held = {
        part: place.enrolment for part, place in store.places_of(connection, identity.id).items()
    }
    refused: dict[Part, Refusal] = {}
    entries: list[Entry] = []
    wrote = False
    for admission in admissions if identity.is_test == is_test else ():
        part = admission.part
        if part in held:
            continue
        refusal = _refusal(connection, admission, held, is_test=is_test)
        if refusal is not None:
            refused[part] = refusal
            continue
        held[part] = enrolment = Enrolment(
            part=part,
            enrolled_us=now_us,
            variant=admission.variant,
            time_zone=admission.time_zone,
        )
        place = Place(
            identity_id=identity.id,
            enrolment=enrolment,
            kind=admission.kind.value,
            is_test=is_test,
            not_with=admission.not_with,
        )
        wrote |= store.give_place(connection, place)
        if admission.exposure is not None and not is_test:
            entries.append(exposed(identity, part, admission.exposure, at_us=now_us))
    if wrote:
        identity_store.raise_version(connection, identity_key)
    admitted = Admitted(
        held=held,
        refused=refused,
        identity_version=identity_store.version_of(connection, identity_key),
        wrote=wrote,
    )
    promised = identity_store.put_in_outbox(connection, entries) if entries else None
    return _Outcome(admitted, promised)


def _refusal(
    connection: Connection, admission: Admission, held: Collection[Part], *, is_test: bool
) -> Refusal | None:
    if any(each in held for each in admission.not_with):
        return Refusal.EXCLUDED
    if (
        admission.participants_max
        and not is_test
        and store.participants(connection, admission.part) >= admission.participants_max
    ):
        return Refusal.FULL
    return None
