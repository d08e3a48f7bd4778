"""Change sets as the console API takes and tells them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from matsuri.errors import invalid_field
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.texts import NOT_STORABLE, is_storable
from matsuri.planning.drafts import ChangeAction
from matsuri.publishing.model import ChangeSet, Deed, Failure, Outcome, SetChange, State, Word
from matsuri.publishing.store import ChangeSetSearch
from matsuri.web.definitions import Note
from matsuri.web.lists import PageOptions, PageQuery

_KINDS = (
    "`flag`, `audience`, `experiment`, `exclusion_group`, `holdout_group`, `live_event`, `event`, "
    "`property`, `validator` or `label`."
)
Name = Annotated[str, Meta(max_length=200, description="What the change set is called.")]
Description = Annotated[
    str, Meta(max_length=10_000, description="What it is for, for those who approve it.")
]
TimeSec = Annotated[str, Meta(description="Seconds since the epoch, as text; 0 for none.")]
SetVersion = Annotated[
    str | int,
    Meta(description="The version of the change set that was seen last; 409 for another one."),
]


class ChangeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A change as the endpoint of its kind would be told of it, and what it is to do."""

    kind: Annotated[str, Meta(description=_KINDS)]
    action: ChangeAction = ChangeAction.UPDATE
    id: Annotated[
        str,
        Meta(
            description=(
                "The id or name of what is to change; empty for a new definition, or the id that "
                "this set has given it."
            )
        ),
    ] = ""
    definition: Annotated[
        dict[str, Any],
        Meta(
            description=(
                "What `POST` or `PUT` of that kind takes, with `name` and `force` as there: of an "
                "update only what changes. Fields that the kind has not are refused."
            )
        ),
    ] = {}
    base_version: (
        Annotated[
            str | int,
            Meta(description="The version of the definition that was seen last; else the newest."),
        ]
        | None
    ) = None


Changes = Annotated[
    list[ChangeRequest],
    Meta(
        description=(
            "At most `change_set_changes_max`, in any order: what refers to something that the "
            "same set makes is made after it."
        )
    ),
]


class CreateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A new change set."""

    name: Name
    description: Description = ""
    changes: Changes = []


class UpdateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change of a set: what is left out stays as it is."""

    name: Name | None = None
    description: Description | None = None
    changes: Annotated[Changes, Meta(description="In the place of all there are.")] | None = None
    version: SetVersion | None = None


class PutChangesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Changes to be added, each in the place of one of the same definition, if there is one."""

    changes: Changes
    version: SetVersion | None = None


class ActionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which version was seen last, and why."""

    version: SetVersion | None = None
    note: Note = ""


class PublishRequest(ActionRequest, frozen=True, kw_only=True):
    """When to publish a set."""

    at_time_sec: (
        Annotated[
            str | int,
            Meta(description="A time to come, seconds since the epoch; now if missing."),
        ]
        | None
    ) = None


class ScheduleRequest(ActionRequest, frozen=True, kw_only=True):
    """When to publish a set."""

    at_time_sec: Annotated[str | int, Meta(description="A time to come, seconds since the epoch.")]


class RollbackRequest(msgspec.Struct, frozen=True, kw_only=True):
    """How to take back what a set has published."""

    note: Note = ""
    draft: Annotated[
        bool,
        Meta(
            description=(
                "Only make the change set that undoes it, to be looked at, rebased, approved and "
                "published as any other. So it goes where something has changed since."
            )
        ),
    ] = False
    force: Annotated[
        bool, Meta(description="Also what would bias a running experiment, and note it.")
    ] = False


class RebaseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which changes are to be made of the definitions as they are now."""

    changes: Annotated[
        list[int], Meta(description="The numbers of changes; all if there are none.")
    ] = []
    definitions_version: (
        Annotated[
            str | int,
            Meta(description="That of the diff which was seen; 409 if there is a newer one."),
        ]
        | None
    ) = None
    version: SetVersion | None = None


class ChangeSetQuery(PageQuery, frozen=True, kw_only=True):
    """Which change sets, and which page of them. Every part that is given narrows."""

    states: Annotated[list[State], Meta(description="In one of these states.")] = msgspec.field(
        name="search.state.or", default_factory=list
    )
    author: Annotated[str, Meta(description="Made by this user (e-mail) or key (name).")] = (
        msgspec.field(name="search.author.exact", default="")
    )
    like: Annotated[str, Meta(description="A part of the name, in any case.")] = msgspec.field(
        name="search.name.like", default=""
    )

    def search(self) -> ChangeSetSearch:
        """What is looked for."""
        return ChangeSetSearch(frozenset(self.states), self.author, self.like)


class VersionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which version was seen last."""

    version: Annotated[str, Meta(description="Of the change set; 409 for another one.")] = ""


class ChangeMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a set; there is one of a definition at most."""

    number: Annotated[int, Meta(description="Tells it from the others of its set, for ever.")]
    kind: Annotated[str, Meta(description=_KINDS)]
    action: ChangeAction
    id: Annotated[
        str, Meta(description="Of the definition; of a new one, the id that it will have.")
    ]
    name: str
    definition: dict[str, Any]
    whole: Annotated[
        bool,
        Meta(
            description=(
                "Whether `definition` is a whole body as revisions tell it, as in what takes "
                "something back."
            )
        ),
    ]
    base_version: Annotated[
        str, Meta(description="The version that the change was made of; 0 for something new.")
    ]


class WordMessage(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody said yes or no, or published a set."""

    by: Annotated[str, Meta(description="E-mail of a console user, or name of a server key.")]
    by_key: Annotated[bool, Meta(description="Whether it was a server key.")]
    time_sec: TimeSec
    note: str


class DeedMessage(WordMessage, frozen=True, kw_only=True):
    """That somebody did something with a set."""

    action: Annotated[
        str,
        Meta(
            description=(
                "`create`, `update`, `rebase`, `submit`, `withdraw`, `approve`, `reject`, "
                "`schedule`, `cancel`, `publish`, `fail`, `discard` or `roll_back`."
            )
        ),
    ]


class OutcomeMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What publishing did to a definition; one that was so already is not told."""

    kind: str
    id: str
    name: str
    action: ChangeAction
    revision: Annotated[str, Meta(description="The first revision that publishing made of it.")]
    version: Annotated[str, Meta(description="What it was left at.")]


class FailureMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Why a set was not published at its time."""

    message: str
    details: Sequence[Mapping[str, Any]]


class ChangeSetSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A change set without its changes."""

    id: str
    name: str
    description: str
    state: State
    version: Annotated[str, Meta(description="Rises with everything that is done to it.")]
    change_count: int
    author: Annotated[str, Meta(description="Who made it: e-mail of a user, or name of a key.")]
    author_is_key: bool
    editors: Annotated[
        Sequence[str], Meta(description="All who have changed it: none of them may approve it.")
    ]
    approvals: Annotated[
        Sequence[WordMessage], Meta(description="Of exactly these changes; void after another one.")
    ]
    rejection: Annotated[
        WordMessage | UnsetType, Meta(description="What was said against it last.")
    ] = UNSET
    create_time_sec: TimeSec
    update_time_sec: TimeSec
    publish_time_sec: Annotated[
        str, Meta(description="When it is to be published, as text; 0 for no such time.")
    ]
    scheduled_by: Annotated[str, Meta(description="Who wants it then; empty for nobody.")]
    publication: Annotated[
        WordMessage | UnsetType, Meta(description="Who has published it, and when.")
    ] = UNSET
    failure: FailureMessage | UnsetType = UNSET
    rolls_back: Annotated[str, Meta(description="The id of the set that it takes back, if any.")]
    rolled_back_by: Annotated[str, Meta(description="The id of the set that took it back, if any.")]


class ChangeSetMessage(ChangeSetSummary, frozen=True, kw_only=True):
    """A change set."""

    changes: Sequence[ChangeMessage]
    outcomes: Annotated[
        Sequence[OutcomeMessage], Meta(description="What came of it, once it is published.")
    ]
    deeds: Annotated[
        Sequence[DeedMessage], Meta(description="The last things that were done with it, in order.")
    ]


class ChangeSetList(msgspec.Struct, frozen=True):
    """A page of change sets, the newest first."""

    change_sets: list[ChangeSetSummary]
    page_options: PageOptions


def change_set_message(change_set: ChangeSet) -> ChangeSetMessage:
    """A change set, and what it changes."""
    return ChangeSetMessage(
        **_common(change_set, len(change_set.changes)),
        changes=[_change(each) for each in change_set.changes],
        outcomes=[_outcome(each) for each in change_set.outcomes],
        deeds=[_deed(each) for each in change_set.deeds],
    )


def summary_message(change_set: ChangeSet, change_count: int) -> ChangeSetSummary:
    """A change set as lists tell it."""
    return ChangeSetSummary(**_common(change_set, change_count))


def checked_text(text: str, field: str) -> str:
    """A text that can be kept; raises ``InvalidArgument``."""
    if not is_storable(text):
        raise invalid_field(field, f"must not contain {NOT_STORABLE}")
    return text


def checked_name(name: str) -> str:
    """The name of a change set; raises ``InvalidArgument``."""
    if not name.strip() or not name.isprintable():
        raise invalid_field("name", "is empty or not printable", "1 to 200 printable characters")
    return name.strip()


def seconds(time_us: int) -> str:
    """A time as it is told."""
    return str(time_us // MICROSECONDS)


def _common(change_set: ChangeSet, change_count: int) -> dict[str, Any]:
    scheduled_by = change_set.scheduled_by
    return {
        "id": change_set.id,
        "name": change_set.name,
        "description": change_set.description,
        "state": change_set.state,
        "version": str(change_set.version),
        "change_count": change_count,
        "author": change_set.author.name,
        "author_is_key": change_set.author.is_key,
        "editors": [each.name for each in change_set.editors],
        "approvals": [_word(each) for each in change_set.approvals],
        "rejection": _word_or_none(change_set.rejection),
        "create_time_sec": seconds(change_set.created_us),
        "update_time_sec": seconds(change_set.updated_us),
        "publish_time_sec": seconds(change_set.publish_us),
        "scheduled_by": "" if scheduled_by is None else scheduled_by.name,
        "publication": _word_or_none(change_set.publication),
        "failure": _failure(change_set.failure),
        "rolls_back": change_set.rolls_back,
        "rolled_back_by": change_set.rolled_back_by,
    }


def _change(change: SetChange) -> ChangeMessage:
    return ChangeMessage(
        number=change.number,
        kind=change.kind,
        action=change.action,
        id=change.definition_id,
        name=change.name,
        definition=dict(change.definition),
        whole=change.whole,
        base_version=str(change.base_version),
    )


def _word(word: Word) -> WordMessage:
    return WordMessage(
        by=word.by.name, by_key=word.by.is_key, time_sec=seconds(word.at_us), note=word.note
    )


def _deed(deed: Deed) -> DeedMessage:
    return DeedMessage(**msgspec.structs.asdict(_word(deed)), action=deed.action)


def _word_or_none(word: Word | None) -> WordMessage | UnsetType:
    return UNSET if word is None else _word(word)


def _failure(failure: Failure | None) -> FailureMessage | UnsetType:
    if failure is None:
        return UNSET
    return FailureMessage(message=failure.message, details=failure.details)


def _outcome(outcome: Outcome) -> OutcomeMessage:
    return OutcomeMessage(
        kind=outcome.kind,
        id=outcome.definition_id,
        name=outcome.name,
        action=outcome.action,
        revision=str(outcome.revision),
        version=str(outcome.version),
    )
