"""Changes are tried in an order in which they can be made, if there is one."""

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.definitions.changes import Change, Creation, Deletion, Update
from matsuri.definitions.model import (
    Catalog,
    Definition,
    Edit,
    Kind,
    Problem,
    Reference,
    catalog_of,
)
from matsuri.errors import FailedPrecondition, InvalidArgument
from matsuri.planning.drafts import ChangeAction
from matsuri.publishing.model import SetChange
from matsuri.publishing.protection import Approvals
from matsuri.publishing.rehearse import Rehearsal, conflict_of, rehearse, with_version

EDIT = Edit(1_000, "user:anna@example.com")
ACTIONS = {
    Creation: ChangeAction.CREATE,
    Update: ChangeAction.UPDATE,
    Deletion: ChangeAction.DELETE,
}


class Body(msgspec.Struct, frozen=True):
    """Made up for these tests."""

    uses: tuple[str, ...] = ()
    wrong: bool = False
    labels: tuple[str, ...] = ()


def check(definition: Definition[Body], _catalog: Catalog) -> list[Problem]:
    return [Problem("wrong", "is wrong")] if definition.body.wrong else []


KINDS: dict[str, Kind[Any]] = {
    "thing": Kind(
        name="thing",
        body_type=Body,
        check=check,
        references=lambda body: [Reference("thing", name, "uses") for name in body.uses],
    )
}


def define(name: str, *uses: str, version: int = 1, **fields: Any) -> Definition[Body]:
    return Definition(
        id=f"id of {name}", kind="thing", name=name, body=Body(uses, **fields), version=version
    )


def catalog(*definitions: Definition[Body]) -> Catalog:
    return catalog_of(KINDS, definitions, version=10)


def create(name: str, *uses: str, **fields: Any) -> Change:
    return Creation("thing", name, Body(uses, **fields), f"id of {name}")


def update(name: str, *, to: str | None = None, **fields: Any) -> Change:
    return Update("thing", f"id of {name}", fields, name=to)


def delete(name: str) -> Change:
    return Deletion("thing", f"id of {name}")


def tried(before: Catalog, *changes: Change) -> Rehearsal:
    numbered = [(_set_change(n, each), each) for n, each in enumerate(changes, start=1)]
    return rehearse(before, numbered, EDIT, definitions_max=100)


def _set_change(number: int, change: Change, base_version: int = 0) -> SetChange:
    is_new = isinstance(change, Creation)
    definition_id = change.definition_id if isinstance(change, Creation) else change.ref
    return SetChange(
        number=number,
        kind="thing",
        action=ACTIONS[type(change)],
        definition_id=definition_id,
        name=change.name if is_new else definition_id.removeprefix("id of "),
        base_version=base_version,
    )


def names(rehearsal: Rehearsal) -> set[str]:
    return set(rehearsal.catalog.of_kind("thing"))


def order(rehearsal: Rehearsal) -> list[int]:
    return [each.of.number for each in rehearsal.done]


@given(st.randoms(use_true_random=False), st.integers(1, 8))
def test_a_chain_is_made_from_its_end_in_whatever_order_it_comes(
    chance: random.Random, length: int
) -> None:
    chain = [create(f"n{each}", *([f"n{each - 1}"] if each else [])) for each in range(length)]
    chance.shuffle(chain)
    made = tried(catalog(), *chain)
    assert not made.problems
    gone = [delete(f"n{each}") for each in range(length)]
    chance.shuffle(gone)
    assert names(tried(made.catalog, *gone)) == set()


def test_what_is_new_comes_before_what_changes_and_what_goes() -> None:
    before = catalog(define("old"), define("user", "old"))
    done = tried(before, delete("old"), update("user", uses=("new",)), create("new"))
    assert not done.problems
    assert order(done) == [3, 2, 1]


def test_a_name_is_free_once_its_holder_has_another() -> None:
    before = catalog(define("shop"))
    fresh = Creation("thing", "shop", Body(), "id of another shop")
    assert names(tried(before, fresh, update("shop", to="store"))) == {"shop", "store"}


def test_all_that_is_wrong_is_told_at_once() -> None:
    done = tried(catalog(), create("a", wrong=True), create("b", "a"), create("c"))
    assert order(done) == [3]
    assert set(done.problems) == {1, 2}
    assert all(isinstance(each, InvalidArgument) for each in done.problems.values())
    assert done.problems[1].details == [{"field": "wrong", "problem": "is wrong"}]


def test_a_change_is_in_conflict_with_another_version() -> None:
    before = catalog(define("shop", version=7))
    for base_version, is_conflict in ((7, False), (6, True)):
        found = conflict_of(_set_change(1, update("shop"), base_version), before)
        assert (found is not None) == is_conflict
    gone = conflict_of(_set_change(1, update("gone"), 3), before)
    assert gone is not None
    assert gone.current is None
    taken = conflict_of(
        _set_change(1, Creation("thing", "shop", Body(), "id of another shop")), before
    )
    assert taken is not None
    assert taken.current is before.find("thing", "shop")
    assert conflict_of(_set_change(1, create("new")), before) is None


def test_what_is_made_is_made_of_the_version_that_was_seen() -> None:
    made = with_version(update("shop"), 7)
    assert isinstance(made, Update)
    assert made.version == 7


LABELLED = define("shop", labels=("live",))
PLAIN = define("shop")


@pytest.mark.parametrize(
    ("before", "after", "protected"),
    [
        (None, LABELLED, True),
        (LABELLED, None, True),
        (LABELLED, PLAIN, True),
        (PLAIN, LABELLED, True),
        (PLAIN, PLAIN, False),
        (None, PLAIN, False),
    ],
)
def test_a_label_protects_whoever_has_it_before_or_after(
    before: Definition[Body] | None, after: Definition[Body] | None, *, protected: bool
) -> None:
    by_label = Approvals(labels=frozenset({"live"}))
    assert by_label.protects(before, after) == protected
    assert Approvals(kinds=frozenset({"thing"})).protects(before, after)
    assert not Approvals().protects(before, after)
    for author, exempt in (("user:anna@example.com", False), ("server_key:deploy", True)):
        approvals = by_label._replace(keys_exempt=True)
        if protected and not exempt:
            with pytest.raises(FailedPrecondition):
                approvals.check(before, after, author)
        else:
            approvals.check(before, after, author)
