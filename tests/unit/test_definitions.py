"""The catalog of definitions: who uses what, what is predefined, what a search finds."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from matsuri.definitions.changes import Creation, Deletion, Update, changed_catalog, steps
from matsuri.definitions.model import (
    Catalog,
    Changed,
    Definition,
    Edit,
    Kind,
    Reference,
    catalog_of,
    predefined_id,
)
from matsuri.definitions.search import Search, found


class Body(msgspec.Struct, frozen=True):
    """Made up for these tests."""

    uses: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


def define(name: str, *uses: str, labels: tuple[str, ...] = (), **fields: Any) -> Definition[Body]:
    fields.setdefault("id", f"id of {name}")
    return Definition(kind="thing", name=name, body=Body(uses, labels), **fields)


def predefined(name: str) -> Definition[Body]:
    return define(name, id=predefined_id("thing", name), origin="core")


def kinds(*ready: Definition[Body]) -> dict[str, Kind[Any]]:
    kind = Kind(
        name="thing",
        body_type=Body,
        check=lambda _definition, _catalog: [],
        references=lambda body: [Reference("thing", name, "uses") for name in body.uses],
        predefined=ready,
        amendable=frozenset({"labels"}),
    )
    return {"thing": kind}


names = st.sampled_from("abcdef")
graphs = st.dictionaries(names, st.lists(names, unique=True))


@given(graphs)
def test_users_are_those_who_refer(graph: dict[str, list[str]]) -> None:
    catalog = Catalog(kinds(), [define(name, *uses) for name, uses in graph.items()])
    for name in "abcdef":
        users = [user.name for user in catalog.users_of("thing", name)]
        assert users == sorted(user for user, uses in graph.items() if name in uses)


def test_what_is_found_by_name_and_id() -> None:
    catalog = Catalog(kinds(), [define("b"), define("a")], version=7)
    assert list(catalog.of_kind("thing")) == ["a", "b"]
    assert catalog.find("thing", "a") == catalog.find_by_id("thing", "id of a")
    assert catalog.find("thing", "id of a") is None
    assert catalog.find_by_id("thing", "a") is None
    assert catalog.version == 7
    assert {each.name for each in catalog.all()} == {"a", "b"}


def test_what_was_added_to_a_predefined_one_is_on_it_and_nothing_else() -> None:
    base = predefined("a")
    stored = define("a", "b", labels=("new",), id=base.id, version=3, updated_us=9)
    catalog = catalog_of(kinds(base), [stored], version=3)
    (seen,) = catalog.all()
    assert seen == msgspec.structs.replace(
        base, body=Body(labels=("new",)), version=3, updated_us=9
    )
    assert seen.locked
    # Without the predefined one it means nothing.
    assert catalog_of(kinds(), [stored], version=3).all() == []


def test_a_studio_s_own_goes_before_a_predefined_one() -> None:
    own = define("a")
    assert catalog_of(kinds(predefined("a")), [own], version=1).all() == [own]
    assert not own.locked


labels = st.frozensets(st.sampled_from(["x", "y", "z"]))


@given(labels, labels, labels)
def test_labels_narrow(has: frozenset[str], one: frozenset[str], each: frozenset[str]) -> None:
    thing = define("a", labels=tuple(has))
    hit = bool(found([thing], Search(any_labels=one, all_labels=each)))
    assert hit == ((not one or any(label in has for label in one)) and all(e in has for e in each))


def test_names_narrow() -> None:
    things = [define("Raid"), define("raid"), define("duel")]

    def hits(**search: Any) -> list[str]:
        return [thing.name for thing in found(things, Search(**search))]

    assert hits() == ["Raid", "raid", "duel"]
    assert hits(like="AI") == ["Raid", "raid"]
    assert hits(name="raid") == ["raid"]
    assert hits(names=frozenset({"raid", "duel"})) == ["raid", "duel"]
    assert hits(names=frozenset({"raid", "duel"}), like="d", name="duel") == ["duel"]


def follower_kinds() -> dict[str, Kind[Any]]:
    """Beside things, shadows: each gets the labels of the thing that it is named after."""

    def follows(changed: Changed, _edit: Edit) -> list[Definition[Body]]:
        shadow = changed.catalog.find("shadow", changed.before.name)
        if shadow is None:
            return []
        body = msgspec.structs.replace(shadow.body, labels=changed.after.body.labels)
        return [msgspec.structs.replace(shadow, body=body)]

    thing = kinds()["thing"]
    shadow = Kind(
        name="shadow",
        body_type=Body,
        check=lambda _definition, _catalog: [],
        references=lambda _body: [],
        follows=follows,
    )
    return {"thing": thing, "shadow": shadow}


def test_others_change_along_and_the_next_change_sees_it() -> None:
    shadow = msgspec.structs.replace(define("a"), kind="shadow", id="id of the shadow")
    catalog = Catalog(follower_kinds(), [define("a"), define("b"), shadow], version=5)
    edit = Edit(9, "somebody")
    changes = [
        Creation("thing", "c", Body(), "id of c"),
        Update("thing", "b", {"labels": ("x",)}),
        Update("thing", "a", {"labels": ("x",)}),
        Update("thing", "a", {"labels": ("x",)}),
        Update("shadow", "a", lambda body: {"labels": (*body.labels, "y")}),
        Deletion("thing", "c"),
    ]
    done = list(steps(catalog, changes, edit, definitions_max=9))
    assert [len(step.followed) for step in done] == [0, 0, 1, 0, 0, 0]
    ((before, after),) = done[2].followed
    assert (before, after.body.labels, after.updated_us) == (shadow, ("x",), 9)
    last = changed_catalog(catalog, changes, edit, definitions_max=9)
    found = last.find("shadow", "a")
    assert found is not None
    assert found.body.labels == ("x", "y")
    assert last.find("thing", "c") is None
    # Each is one version, as if it were stored.
    assert last.version == 5 + 6


@st.composite
def walks(draw: st.DrawFn) -> list[tuple[str, str, tuple[str, ...]]]:
    """What is put in place or taken away, one after the other."""
    name = st.sampled_from(["a", "b", "c", "core"])
    uses = st.lists(name, max_size=2).map(tuple)
    return draw(st.lists(st.tuples(st.sampled_from(["put", "go"]), name, uses), max_size=8))


@given(walks())
def test_a_catalog_that_follows_another_is_as_one_made_anew(
    walk: list[tuple[str, str, tuple[str, ...]]],
) -> None:
    known = kinds(predefined("core"))
    catalog = catalog_of(known, [], version=0)
    stored: dict[str, Definition[Body]] = {}
    for deed, name, uses in walk:
        # Another name than the one that its id is made of, now and then.
        shown = name if len(uses) < 2 else f"other {name}"
        each = define(name, *uses)
        each = msgspec.structs.replace(each, name=shown, version=catalog.version + 1)
        if deed == "put":
            stored[each.id] = each
            catalog = catalog.with_changed(each)
        elif each.id in stored:
            catalog = catalog.without(stored.pop(each.id))
        anew = catalog_of(known, stored.values(), version=catalog.version)
        assert list(catalog.of_kind("thing").items()) == list(anew.of_kind("thing").items())
        assert sorted(catalog.all(), key=lambda d: d.id) == sorted(anew.all(), key=lambda d: d.id)
        for used in ("a", "b", "c", "core"):
            assert catalog.users_of("thing", used) == anew.users_of("thing", used)
