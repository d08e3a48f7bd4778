"""What a change set is: changes of definitions that are published together, or not at all. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from matsuri.planning.drafts import ChangeAction


class State(StrEnum):
    """Where a change set stands."""

    DRAFT = "draft"
    WAITING = "waiting"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    FAILED = "failed"
    DISCARDED = "discarded"


class Actor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who does something: a console user by e-mail, with the id that stays, or a server key.

    ``holders`` are who might have used the key: those who knew a value of it then, by ``label``.
    """

    name: str
    is_key: bool = False
    user_id: int | None = None
    holders: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The same as revisions keep it."""
        return f"{'server_key' if self.is_key else 'user'}:{self.name}"

    def is_same(self, other: "Actor") -> bool:
        """Whether both are one; a user may have got another e-mail address meanwhile."""
        if self.user_id is not None and other.user_id is not None:
            return self.user_id == other.user_id
        return (self.name, self.is_key) == (other.name, other.is_key)


class SetChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of a set: what is to become of the definition of that kind and id.

    ``number`` tells it from the others of its set, for ever. A new definition has the id already
    that it is to get. ``name`` is what it is called, for people, and for a new one what it is to be
    called. ``definition`` is what the endpoint of its kind takes; for one that is ``whole``, the
    body as revisions keep it, in place of all there is. ``base_version`` is that of the definition
    when it was looked at last, 0 for a new one. ``forced`` is of what is ``whole``.
    """

    number: int
    kind: str
    action: ChangeAction
    definition_id: str
    name: str
    definition: Mapping[str, Any] = {}
    whole: bool = False
    base_version: int = 0
    forced: bool = False


class Word(msgspec.Struct, frozen=True, omit_defaults=True):
    """What somebody said of a change set, yes or no, at a time in microseconds."""

    by: Actor
    at_us: int
    note: str = ""


class Deed(Word, frozen=True, kw_only=True):
    """That somebody did something with a change set."""

    action: str


class Failure(msgspec.Struct, frozen=True):
    """Why a change set was not published at its time."""

    message: str
    details: tuple[Mapping[str, Any], ...] = ()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What publishing did to a definition.

    ``revision`` is the first one that it made, which knows what was before; ``version`` is what the
    definition was left at: another one by now means that it was changed since.
    """

    kind: str
    definition_id: str
    name: str
    action: ChangeAction
    revision: int
    version: int
    forced: bool = False


class ChangeSet(msgspec.Struct, frozen=True, kw_only=True):
    """Changes of definitions that belong together. Times are in microseconds, 0 for none.

    ``version`` rises with everything that is done to it. ``editors`` are all who had a hand in what
    it changes, the author first. ``approvals`` are of exactly these changes. ``publish_us`` is when
    it is to be published, and ``scheduled_by`` for whom. ``rolls_back`` is the id of the set whose
    changes it undoes, ``rolled_back_by`` that of the one which undid its own. ``deeds`` are the
    last things that were done with it.
    """

    id: str
    name: str
    description: str = ""
    state: State = State.DRAFT
    version: int = 1
    editors: tuple[Actor, ...]
    created_us: int
    updated_us: int
    changes: tuple[SetChange, ...] = ()
    last_number: int = 0
    approvals: tuple[Word, ...] = ()
    rejection: Word | None = None
    publish_us: int = 0
    scheduled_by: Actor | None = None
    publication: Word | None = None
    outcomes: tuple[Outcome, ...] = ()
    failure: Failure | None = None
    rolls_back: str = ""
    rolled_back_by: str = ""
    deeds: tuple[Deed, ...] = ()

    @property
    def author(self) -> Actor:
        """Who made it."""
        return self.editors[0]
