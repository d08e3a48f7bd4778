"""What may be done to a change set where it stands, and what becomes of it."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.errors import FailedPrecondition, MatsuriError, PermissionDenied
from matsuri.planning.drafts import ChangeAction
from matsuri.publishing import rules
from matsuri.publishing.model import Actor, ChangeSet, Failure, SetChange, State, Word

NOW = 1_000
ANNA, BEN, CLEO = (
    Actor(f"{name}@example.com", user_id=number)
    for number, name in enumerate(("anna", "ben", "cleo"), start=1)
)
KEY = Actor("deploy", is_key=True)

Deed = Callable[[ChangeSet, Actor], ChangeSet]


def change(name: str = "shop", number: int = 1) -> SetChange:
    return SetChange(
        number=number,
        kind="flag",
        action=ChangeAction.UPDATE,
        definition_id=f"id of {name}",
        name=name,
        base_version=7,
    )


def change_set(state: State = State.DRAFT, **fields: object) -> ChangeSet:
    made = ChangeSet(
        id="set",
        name="Spring",
        state=state,
        editors=(ANNA,),
        created_us=0,
        updated_us=0,
        changes=(change(),),
        last_number=1,
    )
    return msgspec.structs.replace(made, **fields)


DEEDS: dict[str, Deed] = {
    "edit": lambda each, by: rules.edited(each, by, NOW, name="Other"),
    "submit": lambda each, _: rules.submitted(each, NOW),
    "withdraw": lambda each, _: rules.withdrawn(each, NOW),
    "approve": lambda each, by: rules.approved(each, Word(by, NOW), needed=2),
    "reject": lambda each, by: rules.rejected(each, Word(by, NOW)),
    "schedule": lambda each, by: rules.scheduled(each, by, 2 * NOW, NOW),
    "cancel": lambda each, _: rules.cancelled(each, NOW, needed=2),
    "fail": lambda each, _: rules.failed(each, Failure("no"), NOW),
    "discard": lambda each, _: rules.discarded(each, NOW),
}
OPEN = {State.DRAFT, State.WAITING, State.APPROVED, State.FAILED}
ASKED = {State.WAITING, State.APPROVED}
ALLOWED = {
    "edit": OPEN,
    "submit": {State.DRAFT, State.FAILED},
    "withdraw": ASKED,
    "approve": ASKED,
    "reject": ASKED,
    "schedule": OPEN,
    "cancel": {State.SCHEDULED},
    "fail": {State.SCHEDULED},
    "discard": OPEN,
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("deed", DEEDS)
def test_what_each_state_allows(deed: str, state: State) -> None:
    before = change_set(state)
    if state not in ALLOWED[deed]:
        with pytest.raises(FailedPrecondition) as told:
            DEEDS[deed](before, BEN)
        assert told.value.details[0]["field"] == "state"
        return
    after = DEEDS[deed](before, BEN)
    assert (after.version, after.updated_us) == (before.version + 1, NOW)


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(DEEDS)), st.sampled_from([ANNA, BEN, CLEO, KEY])),
        max_size=12,
    )
)
def test_whatever_is_done_approvals_are_of_other_eyes(deeds: list[tuple[str, Actor]]) -> None:
    now = change_set()
    for deed, by in deeds:
        try:
            now = DEEDS[deed](now, by)
        except MatsuriError:
            continue
        approvers = [each.by for each in now.approvals]
        assert not any(each.is_same(editor) for each in approvers for editor in now.editors)
        assert not any(each.is_key for each in approvers)
        assert len({each.user_id for each in approvers}) == len(approvers)
        if deed in {"edit", "submit", "withdraw", "reject", "discard"}:
            assert not approvers
        if now.state is State.APPROVED:
            assert len(approvers) >= 2


def test_whoever_changed_it_is_known_by_more_than_an_address() -> None:
    renamed = msgspec.structs.replace(ANNA, name="anna.married@example.com")
    with pytest.raises(PermissionDenied):
        rules.approved(change_set(State.WAITING), Word(renamed, NOW), needed=1)
    same_address = msgspec.structs.replace(ANNA, user_id=99)
    assert not same_address.is_same(ANNA)
    assert Actor("anna@example.com").is_same(ANNA)
    assert not Actor("deploy").is_same(KEY)


def test_a_key_that_came_to_others_is_theirs_too() -> None:
    of_anna = msgspec.structs.replace(KEY, holders=(ANNA.label,))
    of_both = msgspec.structs.replace(KEY, holders=(BEN.label,))
    now = rules.edited(change_set(editors=(of_anna,)), of_both, NOW)
    assert [each.name for each in now.editors] == [KEY.name]
    for known in (ANNA, BEN):
        with pytest.raises(PermissionDenied, match="told its value"):
            rules.check_other_eyes(now, known)
    rules.check_other_eyes(now, CLEO)


def test_an_edit_of_what_waits_leaves_it_waiting() -> None:
    approved = change_set(State.APPROVED, approvals=(Word(BEN, 1), Word(CLEO, 1)))
    edited = rules.edited(approved, CLEO, NOW, changes=())
    assert (edited.state, edited.approvals) == (State.WAITING, ())
    assert edited.editors == (ANNA, CLEO)
    assert rules.edited(edited, ANNA, NOW).editors == (ANNA, CLEO)


def test_what_was_approved_is_so_again_when_cancelled() -> None:
    approvals = (Word(BEN, 1), Word(CLEO, 1))
    scheduled = rules.scheduled(change_set(State.APPROVED, approvals=approvals), ANNA, 2 * NOW, NOW)
    assert (scheduled.publish_us, scheduled.scheduled_by) == (2 * NOW, ANNA)
    cancelled = rules.cancelled(scheduled, NOW, needed=2)
    assert (cancelled.state, cancelled.publish_us) == (State.APPROVED, 0)
    assert rules.cancelled(scheduled, NOW, needed=3).state is State.DRAFT


@pytest.mark.parametrize("deed", ["submit", "schedule"])
def test_a_set_without_changes_goes_nowhere(deed: str) -> None:
    with pytest.raises(FailedPrecondition):
        DEEDS[deed](change_set(changes=()), ANNA)


def test_what_is_protected_needs_as_many_as_are_set() -> None:
    waiting = change_set(State.WAITING, approvals=(Word(BEN, 1),))
    rules.check_approvals(waiting, [], ANNA, needed=2)
    rules.check_approvals(waiting, ["flag shop"], ANNA, needed=1)
    with pytest.raises(FailedPrecondition) as told:
        rules.check_approvals(waiting, ["flag shop"], ANNA, needed=2)
    assert told.value.details == [{"protected": "flag shop"}]


def test_a_set_is_taken_back_once() -> None:
    published = rules.published(change_set(), Word(ANNA, NOW), [])
    back = rules.rolled_back(published, "other", NOW)
    assert back.rolled_back_by == "other"
    with pytest.raises(FailedPrecondition):
        rules.check_rollback(back)
    with pytest.raises(FailedPrecondition):
        rules.check_rollback(change_set())


def test_a_definition_has_one_change_and_numbers_never_come_again() -> None:
    changes, last = rules.with_changes((), 0, [change("a"), change("b")])
    assert [each.number for each in changes] == [1, 2]
    other = msgspec.structs.replace(change("a"), definition={"value": "x"})
    changes, last = rules.with_changes(changes, last, [other])
    assert [(each.number, each.definition) for each in changes] == [(1, {"value": "x"}), (2, {})]
    left = [each for each in changes if each.number == 1]
    changes, last = rules.with_changes(left, last, [change("c")])
    assert [(each.name, each.number) for each in changes] == [("a", 1), ("c", 3)]
    assert last == 3
