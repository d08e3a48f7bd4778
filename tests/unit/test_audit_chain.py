"""The chain of the audit log: whole, it says so; changed anywhere, it says where."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from matsuri.console.audit_chain import Chain, Link, followed, seal

TOLD = {"subject_id": "player-0001", "subject_name": "", "note": "why", "before": None}
ENTRY: dict[str, Any] = {
    **TOLD,
    "after": '{"clock_offset_sec":"60"}',
    "at_us": 1_700_000_000_000_000,
    "actor": "anna@example.com",
    "actor_is_key": False,
    "action": "test_device.set",
    "subject_kind": "identity",
    "revision": 0,
    "address": "192.0.2.1",
    "user_agent": "curl/8",
    "request_id": "one",
    "operation": "console_set_test_device",
    "outcome": "ok",
    "status": 0,
    "message": "",
    "calls": 1,
}
CHANGED = {"revision": 7, "status": 200, "calls": 2, "at_us": 1, "actor_is_key": True}


def chain_of(count: int) -> list[Link]:
    links: list[Link] = []
    digest = b""
    for number in range(1, count + 1):
        values = {**ENTRY, "request_id": f"call-{number}"}
        sealed = seal(digest, values)
        digest = sealed.digest
        links.append(Link(number, {**values, **sealed._asdict()}, erased=False))
    return links


def test_a_whole_chain_is_followed_to_its_end() -> None:
    links = chain_of(5)
    digest = links[-1].values["digest"]
    assert followed(Chain(), links) == Chain(5, digest, 5, 0)
    some = followed(Chain(), links[:2])
    assert followed(some, links[2:]) == Chain(5, digest, 5, 0)


@given(
    at=st.integers(0, 4),
    column=st.sampled_from(sorted(ENTRY)),
)
def test_whatever_is_changed_breaks_it_there(at: int, column: str) -> None:
    links = chain_of(5)
    values = {**links[at].values, column: CHANGED.get(column, "changed")}
    links[at] = links[at]._replace(values=values)
    assert followed(Chain(), links).broken_at == at + 1


@given(at=st.integers(0, 3))
def test_what_is_taken_out_breaks_it_there(at: int) -> None:
    links = chain_of(5)
    del links[at]
    assert followed(Chain(), links).broken_at == at + 2


@given(at=st.integers(0, 4))
def test_who_is_erased_does_not_break_it(at: int) -> None:
    links = chain_of(5)
    empty = dict.fromkeys(TOLD, "") | {"before": None, "after": None, "salt": b""}
    links[at] = Link(at + 1, {**links[at].values, **empty}, erased=True)
    assert not followed(Chain(), links).broken_at
    # What is lasting of the entry is not to be changed even so.
    values = {**links[at].values, "actor": "nobody"}
    links[at] = links[at]._replace(values=values)
    assert followed(Chain(), links).broken_at == at + 1


def test_it_begins_after_what_has_no_seals_and_never_ends_in_it() -> None:
    bare = {**ENTRY, "salt": b"", "told_digest": b"", "digest": b""}
    before = [Link(1, bare, erased=False)]
    later = [each._replace(number=each.number + 1) for each in chain_of(2)]
    assert followed(Chain(), before + later) == Chain(3, later[-1].values["digest"], 3)
    assert followed(Chain(), [*before, *later, Link(4, bare, erased=False)]).broken_at == 4
