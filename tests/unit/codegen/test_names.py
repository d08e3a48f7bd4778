import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.codegen.names import Case, camel, identifiers, pascal, snake

IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
CLASHING = st.text("aA-_ .1é\U0001f600", max_size=5)
CASES = pytest.mark.parametrize("case", [pascal, camel, snake], ids=lambda case: case.__name__)


@CASES
@given(names=st.lists(st.text() | CLASHING, max_size=30))
def test_every_name_has_an_identifier_of_its_own(case: Case, names: list[str]) -> None:
    found = identifiers(names, case, frozenset({"a", "class"}))
    assert found.keys() == set(names)
    assert len(set(found.values())) == len(found)
    assert all(IDENTIFIER.fullmatch(each) for each in found.values())
    assert "__" not in "".join(found.values()) or case is not snake
    assert not {"a", "class"} & set(found.values())


@given(st.lists(CLASHING, max_size=12))
def test_the_order_of_names_does_not_matter(names: list[str]) -> None:
    assert identifiers(names, pascal) == identifiers(names[::-1], pascal)


@given(st.lists(CLASHING, max_size=12), CLASHING)
def test_one_more_name_gives_no_identifier_to_another(names: list[str], more: str) -> None:
    before, after = identifiers(names, snake), identifiers([*names, more], snake)
    owner = {identifier: name for name, identifier in before.items()}
    for name, identifier in after.items():
        assert owner.get(identifier, name) == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Shop-Offer", ("ShopOffer", "shopOffer", "shop_offer")),
        ("purchaseCompleted", ("PurchaseCompleted", "purchaseCompleted", "purchase_completed")),
        ("HTTPServer", ("HTTPServer", "hTTPServer", "http_server")),
        ("1st place", ("N1stPlace", "n1stPlace", "n1st_place")),
        ("VIP", ("VIP", "vip", "vip")),
        ("é", ("Ue9", "ue9", "ue9")),
        ("", ("Unnamed", "unnamed", "unnamed")),
    ],
)
def test_a_name_alone_reads_well(name: str, expected: tuple[str, str, str]) -> None:
    assert tuple(identifiers([name], case)[name] for case in (pascal, camel, snake)) == expected


def test_names_that_clash_all_get_a_digest() -> None:
    found = identifiers(["a-b", "a_b", "c"], pascal)
    assert found["c"] == "C"
    assert all(re.fullmatch(r"AB_[0-9a-f]{6}", found[name]) for name in ("a-b", "a_b"))
