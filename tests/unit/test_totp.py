"""One-time passwords by time: the vectors of the RFCs, and that no code counts twice."""

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.console.enrol import new_enrolment
from matsuri.console.totp import STEP_SECONDS, accepted_step, base32_text, code_at, otpauth_uri

SECRET = b"12345678901234567890"
NOW = 1_700_000_000
STEP = NOW // STEP_SECONDS


@pytest.mark.parametrize(
    ("counter", "code"),
    list(
        enumerate(
            [
                "755224",
                "287082",
                "359152",
                "969429",
                "338314",
                "254676",
                "287922",
                "162583",
                "399871",
                "520489",
            ]
        )
    ),
)
def test_the_vectors_of_rfc_4226(counter: int, code: str) -> None:
    assert code_at(SECRET, counter) == code


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(seconds: int, code: str) -> None:
    assert code_at(SECRET, seconds // STEP_SECONDS, digits=8) == code


@given(now=st.integers(min_value=60, max_value=2**40), off=st.integers(min_value=-3, max_value=3))
def test_a_code_counts_one_step_before_and_after(now: int, off: int) -> None:
    step = now // STEP_SECONDS
    if step + off < 0:
        return
    found = accepted_step(SECRET, code_at(SECRET, step + off), now_seconds=now, last_step=0)
    # Codes of other steps may be the same by chance.
    if abs(off) <= 1 and step + off > 0:
        assert found is not None
        assert code_at(SECRET, found) == code_at(SECRET, step + off)
    elif found is not None:
        assert code_at(SECRET, found) == code_at(SECRET, step + off)


@pytest.mark.parametrize(
    ("used", "accepted"), [(STEP - 2, True), (STEP - 1, True), (STEP, False), (STEP + 1, False)]
)
def test_no_code_counts_twice_nor_after_a_later_one(used: int, accepted: bool) -> None:
    found = accepted_step(SECRET, code_at(SECRET, STEP), now_seconds=NOW, last_step=used)
    assert (found == STEP) is accepted
    assert (found is None) is not accepted


@pytest.mark.parametrize(
    "code",
    ["", "1", "12345", "1234567", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", "-12345"],
)
def test_what_is_no_code(code: str) -> None:
    assert accepted_step(SECRET, code, now_seconds=NOW, last_step=0) is None


def test_spaces_in_a_code_are_free() -> None:
    code = code_at(SECRET, STEP)
    assert accepted_step(SECRET, f" {code[:3]} {code[3:]}", now_seconds=NOW, last_step=0) == STEP


def test_the_address_says_what_an_app_needs() -> None:
    parts = urlsplit(otpauth_uri(SECRET, issuer="Our Game: EU", account="ann+qa@example.com"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/Our Game: EU:ann+qa@example.com"
    assert parts.path.count(":") == 1
    assert parse_qs(parts.query) == {
        "secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"],
        "issuer": ["Our Game: EU"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }
    assert base64.b32decode(base32_text(SECRET)) == SECRET


def test_each_enrolment_has_a_secret_of_its_own_and_a_picture() -> None:
    one, other = (new_enrolment(issuer="Matsuri", account="a@example.com") for _ in range(2))
    assert one.secret != other.secret
    assert len(one.secret) == 20
    assert one.text in one.uri
    assert one.qr_svg.startswith("<svg xmlns=")
    assert one.qr_svg.endswith("</svg>")
    assert one.qr_svg != other.qr_svg
