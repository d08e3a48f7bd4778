"""Names of files for any name at all."""

import re

from hypothesis import given
from hypothesis import strategies as st

from matsuri.as_code.file_names import file_names
from tests.unit.as_code.bodies import HOSTILE

_SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,79}\.yaml", re.ASCII)
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.ASCII | re.IGNORECASE)
_ODD = [*HOSTILE, "con.txt", "Com1", "LPT9.x", "a/../b", "x" * 200, "All Fans", "All-Fans", ".."]
_names = st.lists(st.sampled_from(_ODD) | st.text(max_size=80), unique=True, max_size=12)


def test_a_name_stays_itself_wherever_it_can() -> None:
    names = ["Shop-Offer", "null", "1e3", "a.b", "All Fans", "../x"]
    assert list(file_names(names).values()) == [
        "Shop-Offer.yaml",
        "null.yaml",
        "1e3.yaml",
        "a.b.yaml",
        "All-Fans.yaml",
        "x.yaml",
    ]


def test_names_that_would_meet_are_told_apart() -> None:
    assert dict(file_names(["Shop", "shop", "Other"])) == {
        "Shop": "Shop-d00aae6b.yaml",
        "shop": "shop-8d9001d3.yaml",
        "Other": "Other.yaml",
    }
    assert dict(file_names(["Shop"], ["SHOP.yaml"])) == {"Shop": "Shop-d00aae6b.yaml"}


@given(_names)
def test_every_name_is_safe_on_every_file_system(names: list[str]) -> None:
    found = file_names(names)
    assert len({each.casefold() for each in found.values()}) == len(names)
    for each in found.values():
        assert _SAFE.fullmatch(each)
        assert not _DEVICE.fullmatch(each.removesuffix(".yaml"))
    assert found == file_names(list(reversed(names)))
