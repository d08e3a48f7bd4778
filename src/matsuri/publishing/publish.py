"""Change sets published: now, at a time, and taken back."""

import contextlib
from collections.abc import Sequence
from typing import Protocol

import structlog
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.console.model import ConsoleCaller
from matsuri.definitions.changes import Update
from matsuri.definitions.service import Author, Definitions, Written
from matsuri.definitions.store import befores
from matsuri.errors import (
    Aborted,
    FailedPrecondition,
    MatsuriError,
    PermissionDenied,
    Unavailable,
)
from matsuri.kit.clock import Clock
from matsuri.kit.ids import new_id
from matsuri.publishing import rules, store
from matsuri.publishing.book import Book, check_version, existing
from matsuri.publishing.entities import check_may_make, check_may_publish
from matsuri.publishing.inverse import inverse
from matsuri.publishing.model import Actor, ChangeSet, Failure, Outcome, Word
from matsuri.publishing.rehearse import Rehearsed, with_version
from matsuri.publishing.review import Review, Reviews, check_ready
from matsuri.publishing.service import actor_of, kinds_of

_DUE_AT_ONCE_MAX = 20
_NAME_CHARS_MAX = 200
_DETAILS_KEPT_MAX = 100

logger = structlog.get_logger(__name__)


class Standing(Protocol):
    """Knows what users and server keys may do now, as ``console.rights_now`` does."""

    async def of_user(self, user_id: int) -> ConsoleCaller | None:
        """``None`` for who is gone, or disabled."""
        ...

    async def of_key(self, name: str) -> ConsoleCaller | None:
        """``None`` for one that is deleted, or disabled."""
        ...


class Publisher:
    """Makes the changes of change sets, all of a set or none."""

    def __init__(
        self,
        *,
        database: Database,
        book: Book,
        reviews: Reviews,
        definitions: Definitions,
        standing: Standing,
        clock: Clock,
    ) -> None:
        self._database = database
        self._book = book
        self._reviews = reviews
        self._definitions = definitions
        self._standing = standing
        self._clock = clock

    async def publish(
        self, change_set_id: str, caller: ConsoleCaller, *, note: str, version: int | None
    ) -> ChangeSet:
        """Make the changes of a set now.

        Raises ``Aborted`` where definitions have changed since they were looked at,
        ``InvalidArgument`` and ``FailedPrecondition`` with everything that stands against it, and
        ``PermissionDenied`` for who may not make each of the changes.
        """
        change_set = await self._checked(change_set_id, caller, version)
        return await self._publish(change_set, Word(actor_of(caller), self._clock.now_us(), note))

    async def schedule(
        self,
        change_set_id: str,
        caller: ConsoleCaller,
        at_us: int,
        *,
        note: str,
        version: int | None,
    ) -> ChangeSet:
        """Have a set published at a time to come, in the caller's name; raises as ``publish``."""
        change_set = await self._checked(change_set_id, caller, version)
        by, now_us = actor_of(caller), self._clock.now_us()
        review = await self._reviews.review(change_set, by)
        check_ready(review)
        self._check_approvals(review, by)
        return await self._book.change(
            change_set_id,
            lambda each: rules.scheduled(each, by, at_us, now_us),
            by=by,
            action="schedule",
            version=change_set.version,
            note=note,
        )

    async def cancel(
        self, change_set_id: str, caller: ConsoleCaller, *, note: str, version: int | None
    ) -> ChangeSet:
        """Have a set not published at its time after all."""
        needed = self._reviews.approvals.needed
        return await self._book.change(
            change_set_id,
            lambda each: rules.cancelled(each, self._clock.now_us(), needed=needed),
            by=actor_of(caller),
            action="cancel",
            version=version,
            note=note,
        )

    async def roll_back(
        self,
        change_set_id: str,
        caller: ConsoleCaller,
        *,
        note: str,
        as_draft: bool = False,
        forced: bool = False,
    ) -> ChangeSet:
        """A set that undoes a published one: published at once, or kept ``as_draft``.

        Raises as ``publish``: ``Aborted`` where something has changed since the publication.
        """
        by, now_us = actor_of(caller), self._clock.now_us()
        made = await self._database.read(
            lambda c: _inverse_set(c, change_set_id, by, now_us, forced=forced)
        )
        check_may_make(caller, kinds_of(made))
        if not as_draft:
            exempt = self._reviews.approvals.rollbacks_exempt
            word = Word(by, now_us, note)
            return await self._publish(made, word, is_new=True, exempt=exempt)

        def work(connection: Connection) -> ChangeSet:
            return self._book.put(connection, None, made, by=by, action="create", note=note)

        return await self._database.write(work)

    async def publish_due(self) -> None:
        """Publish what is to be published by now, also what was missed while nothing ran.

        Who has scheduled it must still be one who may publish it. What cannot be published is
        ``failed`` then, and tells why. Raises ``Unavailable``, and tries again at the next call.
        """
        now_us = self._clock.now_us()
        due = await self._database.read(lambda c: store.due(c, now_us, limit=_DUE_AT_ONCE_MAX))
        for change_set in due:
            by = change_set.scheduled_by or change_set.author
            try:
                await self._check_standing(change_set, by)
                await self._publish(change_set, Word(by, self._clock.now_us()))
            except Unavailable:
                raise
            except MatsuriError as error:
                await self._fail(change_set, by, error)
            except Exception:
                logger.exception("publishing a change set broke", change_set=change_set.id)
                await self._fail(change_set, by, FailedPrecondition("an error inside the server"))

    async def _checked(
        self, change_set_id: str, caller: ConsoleCaller, version: int | None
    ) -> ChangeSet:
        change_set = await self._book.get(change_set_id)
        check_version(change_set, version)
        rules.check_publishable(change_set)
        check_may_make(caller, kinds_of(change_set))
        return change_set

    async def _check_standing(self, change_set: ChangeSet, by: Actor) -> None:
        """Raise ``PermissionDenied`` where the one who asked for it may not do it any more."""
        if by.user_id is None:
            caller = await self._standing.of_key(by.name) if by.is_key else None
        else:
            caller = await self._standing.of_user(by.user_id)
        who = f"server key {by.name!r}" if by.is_key else by.name
        if caller is None:
            raise PermissionDenied(
                f"It was scheduled by {who}, who has no access any more: somebody else has to "
                "schedule or publish it"
            )
        try:
            check_may_publish(caller, kinds_of(change_set))
        except PermissionDenied as error:
            raise PermissionDenied(
                f"It was scheduled by {who}, who may not publish it any more. {error.message}",
                details=error.details,
            ) from None

    def _check_approvals(self, review: Review, by: Actor) -> None:
        rules.check_approvals(
            review.change_set, review.protected, by, needed=self._reviews.approvals.needed
        )

    async def _publish(
        self, change_set: ChangeSet, word: Word, *, is_new: bool = False, exempt: bool = False
    ) -> ChangeSet:
        review = await self._reviews.review(change_set, word.by)
        check_ready(review)
        if not exempt:
            self._check_approvals(review, word.by)
        done = review.rehearsal.done

        def along(connection: Connection, written: Sequence[Written]) -> ChangeSet:
            if not is_new:
                # Whoever came first has published it, or changed what was approved.
                check_version(existing(connection, change_set.id), change_set.version)
            stored = self._book.put(
                connection,
                None if is_new else change_set,
                rules.published(change_set, word, _outcomes(done, written)),
                by=word.by,
                action="publish",
                note=word.note,
            )
            self._mark_rolled_back(connection, stored, word)
            return stored

        return await self._definitions.publish(
            [with_version(each.change, each.of.base_version) for each in done],
            along,
            author=Author(word.by.label, _note_of(change_set, word)),
        )

    def _mark_rolled_back(self, connection: Connection, undoing: ChangeSet, word: Word) -> None:
        undone = store.find(connection, undoing.rolls_back) if undoing.rolls_back else None
        if undone is not None:
            after = rules.rolled_back(undone, undoing.id, word.at_us)
            self._book.put(
                connection, undone, after, by=word.by, action="roll_back", note=word.note
            )

    async def _fail(self, change_set: ChangeSet, by: Actor, error: MatsuriError) -> None:
        failure = Failure(error.message, tuple(error.details[:_DETAILS_KEPT_MAX]))
        # One that somebody has cancelled, or another process published, has not failed.
        with contextlib.suppress(Aborted):
            await self._book.change(
                change_set.id,
                lambda each: rules.failed(each, failure, self._clock.now_us()),
                by=by,
                action="fail",
                version=change_set.version,
                note=error.message,
            )
            logger.warning(
                "a change set could not be published at its time",
                change_set=change_set.id,
                name=change_set.name,
                reason=error.message,
            )


def _inverse_set(
    connection: Connection, change_set_id: str, by: Actor, now_us: int, *, forced: bool
) -> ChangeSet:
    undone = existing(connection, change_set_id)
    rules.check_rollback(undone)
    if not undone.outcomes:
        raise FailedPrecondition("This change set has changed nothing")
    before = befores(connection, [each.revision for each in undone.outcomes])
    changes = inverse(undone, before, forced=forced)
    return ChangeSet(
        id=new_id(),
        name=f"Roll back: {undone.name}"[:_NAME_CHARS_MAX],
        editors=(by,),
        created_us=now_us,
        updated_us=now_us,
        changes=changes,
        last_number=len(changes),
        rolls_back=undone.id,
    )


def _outcomes(done: Sequence[Rehearsed], written: Sequence[Written]) -> list[Outcome]:
    """What became of each definition of the set; one that stayed as it was has no outcome."""
    first: dict[tuple[str, str], int] = {}
    last: dict[tuple[str, str], int] = {}
    for each in written:
        definition = each.after or each.before
        if definition is not None:
            key = (definition.kind, definition.id)
            first.setdefault(key, each.revision)
            last[key] = each.revision
    return [
        Outcome(
            kind=each.of.kind,
            definition_id=each.of.definition_id,
            name=_name_after(each),
            action=each.of.action,
            revision=first[key],
            version=last[key],
            forced=isinstance(each.change, Update) and each.change.forced,
        )
        for each in done
        if (key := (each.of.kind, each.of.definition_id)) in first
    ]


def _name_after(each: Rehearsed) -> str:
    definition = each.step.after or each.step.before
    return each.of.name if definition is None else definition.name


def _note_of(change_set: ChangeSet, word: Word) -> str:
    told = f"Change set {change_set.name!r}"
    return f"{told}: {word.note}" if word.note else told
