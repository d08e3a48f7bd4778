"""Change sets written and talked about: made, changed, submitted, approved, given up."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, Protocol

import msgspec
from sqlalchemy.engine import Connection

from matsuri.adapters.database import Database
from matsuri.console.model import ConsoleCaller
from matsuri.definitions.model import Catalog
from matsuri.errors import Aborted, FailedPrecondition, NotFound, invalid_field
from matsuri.kit.clock import Clock
from matsuri.kit.ids import new_id
from matsuri.kit.paging import Cursor, Page, page_from_store
from matsuri.planning.drafts import ChangeAction
from matsuri.publishing import rules, store
from matsuri.publishing.book import Book
from matsuri.publishing.entities import check_may_make
from matsuri.publishing.model import Actor, ChangeSet, SetChange, State, Word
from matsuri.publishing.review import Review, Reviews, check_ready
from matsuri.publishing.store import ChangeSetSearch, Listed

_OPEN = [each for each in State if each not in {State.PUBLISHED, State.DISCARDED}]
_ID_MAX = 2**63 - 1


class SetLimits(NamedTuple):
    """How many changes a set has at most, how many bytes, and how many sets are open."""

    changes_max: int
    bytes_max: int
    open_max: int


class Given(Protocol):
    """Changes as somebody gives them (``publishing.read_changes``)."""

    def read(self, change_set: ChangeSet | None, catalog: Catalog) -> Sequence[SetChange]:
        """The same as a set keeps them; raises ``InvalidArgument`` that names the field."""
        ...


class ChangeSets:
    """The use cases of change sets but for publishing.

    ``version``, where it is given, is the one of the set that the caller saw last: another one by
    now is ``Aborted``. All raise ``NotFound`` for a set that is not there.
    """

    def __init__(
        self,
        *,
        database: Database,
        book: Book,
        reviews: Reviews,
        clock: Clock,
        limits: SetLimits,
    ) -> None:
        self._database = database
        self._book = book
        self._reviews = reviews
        self._clock = clock
        self._limits = limits

    async def get(self, change_set_id: str) -> ChangeSet:
        """One of them."""
        return await self._book.get(change_set_id)

    async def list(
        self, wanted: ChangeSetSearch, *, limit: int, cursor: Cursor | None = None
    ) -> Page[Listed]:
        """Those that match, the newest first, without their changes."""
        if cursor is not None and not _is_place(cursor):
            raise invalid_field("pagination.cursor", "is a cursor of something else")
        found = await self._database.read(
            lambda c: store.page(c, wanted, limit=limit + 1, cursor=cursor)
        )
        return page_from_store(found, key=lambda each: (-each.number,), limit=limit, cursor=cursor)

    async def create(
        self, name: str, description: str, given: Given, caller: ConsoleCaller
    ) -> ChangeSet:
        """A new draft; raises ``InvalidArgument``, and ``FailedPrecondition`` for one too many."""
        by, now_us = actor_of(caller), self._clock.now_us()
        changes, last_number = rules.with_changes((), 0, given.read(None, self._reviews.catalog))
        made = ChangeSet(
            id=new_id(),
            name=name,
            description=description,
            editors=(by,),
            created_us=now_us,
            updated_us=now_us,
            changes=changes,
            last_number=last_number,
        )
        self._check_size(made)

        def work(connection: Connection) -> ChangeSet:
            if store.count(connection, _OPEN) >= self._limits.open_max:
                raise FailedPrecondition(
                    f"There are {self._limits.open_max} open change sets, the most allowed: "
                    "publish, discard or delete some"
                )
            return self._book.put(connection, None, made, by=by, action="create")

        return await self._database.write(work)

    async def edit(
        self,
        change_set_id: str,
        caller: ConsoleCaller,
        *,
        name: str | None = None,
        description: str | None = None,
        given: Given | None = None,
        version: int | None = None,
    ) -> ChangeSet:
        """The set called otherwise, and with ``given`` in the place of all its changes."""
        fields = {"name": name, "description": description}
        told = {key: text for key, text in fields.items() if text is not None}

        def decide(before: ChangeSet) -> ChangeSet:
            if given is None:
                return self._edited(before, caller, **told)
            read = given.read(before, self._reviews.catalog)
            numbers = {(each.kind, each.definition_id): each.number for each in before.changes}
            kept = [
                msgspec.structs.replace(each, number=numbers[key])
                for each in read
                if (key := (each.kind, each.definition_id)) in numbers
            ]
            changes, last_number = rules.with_changes(kept, before.last_number, read)
            return self._edited(before, caller, **told, changes=changes, last_number=last_number)

        return await self._change(change_set_id, decide, caller, "update", version)

    async def put_changes(
        self,
        change_set_id: str,
        caller: ConsoleCaller,
        given: Given,
        *,
        version: int | None = None,
    ) -> ChangeSet:
        """The set with these changes added, each in the place of one of the same definition."""

        def decide(before: ChangeSet) -> ChangeSet:
            read = given.read(before, self._reviews.catalog)
            changes, last_number = rules.with_changes(before.changes, before.last_number, read)
            return self._edited(before, caller, changes=changes, last_number=last_number)

        return await self._change(change_set_id, decide, caller, "update", version)

    async def take_change(
        self,
        change_set_id: str,
        caller: ConsoleCaller,
        number: int,
        *,
        version: int | None = None,
    ) -> ChangeSet:
        """The set without a change."""

        def decide(before: ChangeSet) -> ChangeSet:
            changes = tuple(each for each in before.changes if each.number != number)
            if len(changes) == len(before.changes):
                raise NotFound(f"There is no change {number} in this change set")
            return self._edited(before, caller, changes=changes)

        return await self._change(change_set_id, decide, caller, "update", version)

    async def rebase(
        self,
        change_set_id: str,
        caller: ConsoleCaller,
        *,
        numbers: Collection[int] = (),
        seen: int | None = None,
        version: int | None = None,
    ) -> ChangeSet:
        """The set with its changes, or those ``numbers``, on the definitions as they are now.

        ``seen`` is the version of all definitions of which the caller has seen the diff: of what
        has changed since, nothing is taken over unseen. Raises ``FailedPrecondition`` for changes
        of what is gone, and for new ones whose name is taken.
        """
        catalog = self._reviews.catalog
        if seen is not None and seen != catalog.version:
            raise Aborted(
                "Definitions have changed since you have seen the diff: look again",
                details=[{"field": "definitions_version", "problem": f"is {catalog.version}"}],
            )

        def decide(before: ChangeSet) -> ChangeSet:
            changes = tuple(
                _rebased(each, catalog) if not numbers or each.number in numbers else each
                for each in before.changes
            )
            return self._edited(before, caller, changes=changes)

        return await self._change(change_set_id, decide, caller, "rebase", version)

    async def submit(
        self, change_set_id: str, caller: ConsoleCaller, *, note: str, version: int | None
    ) -> ChangeSet:
        """The set when it waits for approval; raises what stands against publishing it."""
        before = await self._book.get(change_set_id)
        check_ready(await self.review(before, caller))
        return await self._change(
            change_set_id,
            lambda each: rules.submitted(each, self._clock.now_us()),
            caller,
            "submit",
            before.version if version is None else version,
            note,
        )

    async def withdraw(
        self, change_set_id: str, caller: ConsoleCaller, *, note: str, version: int | None
    ) -> ChangeSet:
        """The set as a draft again."""
        return await self._change(
            change_set_id,
            lambda each: rules.withdrawn(each, self._clock.now_us()),
            caller,
            "withdraw",
            version,
            note,
        )

    async def approve(
        self, change_set_id: str, caller: ConsoleCaller, *, note: str, version: int | None
    ) -> ChangeSet:
        """The set with the caller's approval, who might make each of the changes.

        Raises ``PermissionDenied`` for anybody else, and for who had a hand in it.
        """
        needed = self._reviews.approvals.needed

        def decide(before: ChangeSet) -> ChangeSet:
            word = Word(actor_of(caller), self._clock.now_us(), note)
            rules.check_other_eyes(before, word.by)
            check_may_make(caller, kinds_of(before))
            return rules.approved(before, word, needed=needed)

        return await self._change(change_set_id, decide, caller, "approve", version, note)

    async def reject(
        self, change_set_id: str, caller: ConsoleCaller, *, note: str, version: int | None
    ) -> ChangeSet:
        """The set as a draft again, with what the caller says against it."""
        return await self._change(
            change_set_id,
            lambda each: rules.rejected(each, Word(actor_of(caller), self._clock.now_us(), note)),
            caller,
            "reject",
            version,
            note,
        )

    async def discard(
        self, change_set_id: str, caller: ConsoleCaller, *, note: str, version: int | None
    ) -> ChangeSet:
        """The set when nothing is to come of it."""
        return await self._change(
            change_set_id,
            lambda each: rules.discarded(each, self._clock.now_us()),
            caller,
            "discard",
            version,
            note,
        )

    async def delete(
        self, change_set_id: str, caller: ConsoleCaller, *, version: int | None = None
    ) -> None:
        """Forget a set that is a draft, has failed or was discarded."""
        before = await self._book.get(change_set_id)
        rules.check_deletable(before)
        await self._book.remove(
            before,
            by=actor_of(caller),
            at_us=self._clock.now_us(),
            version=before.version if version is None else version,
        )

    async def review(self, change_set: ChangeSet, caller: ConsoleCaller) -> Review:
        """What a set would do to the definitions as they are now."""
        return await self._reviews.review(change_set, actor_of(caller))

    def _edited(self, before: ChangeSet, caller: ConsoleCaller, **fields: object) -> ChangeSet:
        after = rules.edited(before, actor_of(caller), self._clock.now_us(), **fields)
        self._check_size(after)
        return after

    def _check_size(self, change_set: ChangeSet) -> None:
        count = len(change_set.changes)
        if count > self._limits.changes_max:
            raise invalid_field(
                "changes", f"are {count}", f"at most {self._limits.changes_max} in a change set"
            )
        size = len(msgspec.json.encode(change_set.changes))
        if size > self._limits.bytes_max:
            raise invalid_field(
                "changes", f"have {size} bytes", f"at most {self._limits.bytes_max} in a change set"
            )

    async def _change(
        self,
        change_set_id: str,
        decide: Callable[[ChangeSet], ChangeSet],
        caller: ConsoleCaller,
        action: str,
        version: int | None,
        note: str = "",
    ) -> ChangeSet:
        return await self._book.change(
            change_set_id,
            decide,
            by=actor_of(caller),
            action=action,
            version=version,
            note=note,
        )


def actor_of(caller: ConsoleCaller) -> Actor:
    """A caller as change sets know people and keys."""
    return Actor(caller.name, caller.is_key, caller.user_id, caller.holders)


def kinds_of(change_set: ChangeSet) -> list[tuple[str, ChangeAction]]:
    """What a set changes: kinds, and what becomes of them."""
    return [(each.kind, each.action) for each in change_set.changes]


def _rebased(change: SetChange, catalog: Catalog) -> SetChange:
    current = catalog.find_by_id(change.kind, change.definition_id)
    if change.action is ChangeAction.CREATE:
        holder = current or catalog.find(change.kind, change.name)
        if holder is None:
            return change
        raise FailedPrecondition(
            f"{change.kind} {change.name!r} is there already: take change {change.number} out, and "
            "change what is there"
        )
    if current is None:
        raise FailedPrecondition(
            f"{change.kind} {change.name!r} was deleted: take change {change.number} out"
        )
    return msgspec.structs.replace(
        change, base_version=current.version, name=(change.name if change.whole else current.name)
    )


def _is_place(cursor: Cursor) -> bool:
    place = cursor.key[0] if len(cursor.key) == 1 else ""
    return isinstance(place, int) and -_ID_MAX <= place <= 0
