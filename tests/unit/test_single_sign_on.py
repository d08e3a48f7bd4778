"""Which ID tokens are believed, and who comes in by them."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from matsuri.console.model import Role, SignInMethod, User
from matsuri.console.oidc_rules import (
    AdmissionRules,
    ClaimNames,
    Known,
    Person,
    Refusal,
    SignInRefused,
    admit,
    person_of,
)
from matsuri.console.oidc_tokens import Expected, InvalidIdToken, UnknownKey, verified_claims
from matsuri.console.oidc_under_way import SignInsUnderWay
from matsuri.kit.addresses import is_guarded_address
from matsuri.kit.clock import MICROSECONDS

NOW = 1_700_000_000
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "other"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
KEYS = [RSA.as_dict(private=False), EC.as_dict(private=False)]
EXPECTED = Expected("https://id.example.com", "matsuri", "the-nonce", NOW, 60)
CLAIMS = {
    "iss": "https://id.example.com",
    "aud": "matsuri",
    "sub": "anna",
    "nonce": "the-nonce",
    "iat": NOW - 5,
    "exp": NOW + 300,
}
NAMES = ClaimNames("email_verified", "groups")
RULES = AdmissionRules(
    email_domains=frozenset(),
    links_by_email=True,
    creates_users=False,
    roles=(),
    default_role=None,
    trusted_factors=frozenset({"mfa"}),
    totp_roles=frozenset(),
    given_email="root@example.com",
    users_max=10,
)
ANNA = User(id=7, email="anna@example.com", password_hash="x", role=Role.DEVELOPER, created_us=0)
DESIGNERS = (("design", Role.GAME_DESIGNER), ("staff", Role.SUPPORT))


def signed(
    key: Any = RSA, algorithm: str = "RS256", header: dict[str, Any] | None = None, **changes: Any
) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    head = {"alg": algorithm, "kid": key.kid} if header is None else header
    return jwt.encode(head, claims, key, algorithms=[algorithm])


def person(**changes: Any) -> Person:
    return Person("anna", "anna@example.com", frozenset(), frozenset())._replace(**changes)


def refusal(someone: Person, known: Known, rules: AdmissionRules = RULES) -> Refusal:
    with pytest.raises(SignInRefused) as refused:
        admit(someone, known, rules)
    return refused.value.refusal


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS256"), (RSA, "PS384"), (EC, "ES256")])
def test_what_the_provider_signed_is_believed(key: Any, algorithm: str) -> None:
    assert verified_claims(signed(key, algorithm), KEYS, EXPECTED)["sub"] == "anna"


def test_a_key_without_a_name_is_found() -> None:
    token = signed(header={"alg": "RS256"})
    assert verified_claims(token, KEYS, EXPECTED)["sub"] == "anna"
    with pytest.raises(UnknownKey):
        verified_claims(token, [OTHER_RSA.as_dict(private=False)], EXPECTED)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://id.example.com/"},
        {"iss": None},
        {"aud": "another"},
        {"aud": None},
        {"aud": ["another"]},
        {"aud": ["matsuri", "another"]},
        {"azp": "another"},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": NOW - 60},
        {"exp": None},
        {"exp": "soon"},
        {"exp": True},
        {"iat": NOW + 61},
        {"iat": None},
        {"nbf": NOW + 61},
    ],
)
def test_what_is_not_for_us_now_is_not_believed(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidIdToken):
        verified_claims(signed(**changes), KEYS, EXPECTED)


def test_clocks_may_be_a_little_apart() -> None:
    token = signed(exp=NOW - 59, iat=NOW + 60, nbf=NOW + 60, aud=["a", "matsuri"], azp="matsuri")
    assert verified_claims(token, KEYS, EXPECTED)["sub"] == "anna"


def test_a_signature_that_anybody_could_make_is_none() -> None:
    head, body, signature = signed().split(".")
    none, _, _ = signed(header={"alg": "RS256"}).split(".")
    shared = OctKey.import_key(str(KEYS[0]["n"]))
    plain = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    forged = [
        signed(shared, "HS256", {"alg": "HS256", "kid": "rsa"}),
        f"{plain}.{body}.",
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        f"{none}.{body}.{signature}",
        signed(OTHER_RSA, header={"alg": "RS256", "kid": "rsa"}),
        # A key of one kind is not taken for another one.
        signed(EC, "ES256", {"alg": "ES256", "kid": "rsa"}),
    ]
    for token in forged:
        with pytest.raises(InvalidIdToken):
            verified_claims(token, KEYS, EXPECTED)


def test_keys_for_other_uses_sign_nothing() -> None:
    for change in ({"use": "enc"}, {"alg": "PS256"}, {"kty": "unheard-of"}, {"n": 7}):
        with pytest.raises(UnknownKey):
            verified_claims(signed(), [{**KEYS[0], **change}], EXPECTED)


@given(st.text(max_size=60) | st.from_regex(r"[\w-]{1,20}\.[\w-]{1,20}\.[\w-]{0,20}"))
def test_any_text_is_no_token(text: str) -> None:
    with pytest.raises(InvalidIdToken):
        verified_claims(text, KEYS, EXPECTED)


@pytest.mark.parametrize(
    ("said", "email"),
    [
        ({"email": " Anna@Example.com", "email_verified": True}, "anna@example.com"),
        ({"email": "anna@example.com", "email_verified": "true"}, "anna@example.com"),
        ({"email": "anna@example.com", "email_verified": "false"}, ""),
        ({"email": "anna@example.com", "email_verified": 1}, ""),
        ({"email": "anna@example.com", "email_verified": ["true"]}, ""),
        ({"email": "anna@example.com"}, ""),
        ({"email_verified": True}, ""),
        ({"email": ["anna@example.com"], "email_verified": True}, ""),
        ({"email": "no address", "email_verified": True}, ""),
        ({"email": "a@b@example.com", "email_verified": True}, ""),
        # Small, this letter is a "k".
        ({"email": "mi\u212ae@example.com", "email_verified": True}, ""),
    ],
)
def test_only_verified_addresses_count(said: dict[str, Any], email: str) -> None:
    assert person_of({"sub": "anna", **said}, NAMES).email == email


@pytest.mark.parametrize(
    ("name", "claims", "values"),
    [
        ("groups", {"groups": ["a", 7, "b"]}, {"a", "b"}),
        ("groups", {"groups": "a"}, {"a"}),
        ("groups", {"groups": {"a": True}}, set()),
        ("groups", {}, set()),
        ("realm_access.roles", {"realm_access": {"roles": ["a"]}}, {"a"}),
        ("realm_access.roles", {"realm_access": ["roles"]}, set()),
        ("https://example.com/roles", {"https://example.com/roles": ["a"]}, {"a"}),
    ],
)
def test_where_groups_are(name: str, claims: dict[str, Any], values: set[str]) -> None:
    names = ClaimNames("email_verified", name)
    assert person_of({"sub": "anna", **claims}, names).values == values


def test_who_is_known_comes_in() -> None:
    for known in (Known(by_subject=ANNA), Known(by_email=ANNA)):
        admission = admit(person(), known, RULES)
        assert (admission.user, admission.role) == (ANNA, Role.DEVELOPER)
        assert admission.is_new_link is (known.by_subject is None)
        assert admission.method is SignInMethod.OIDC
    # The account there counts, whatever its address is now.
    assert admit(person(email=""), Known(by_subject=ANNA), RULES).user == ANNA


def test_who_does_not_come_in() -> None:
    off = User(
        id=7, email=ANNA.email, password_hash="", role=Role.ADMIN, created_us=0, disabled=True
    )
    elsewhere = RULES._replace(email_domains=frozenset({"example.org"}))
    strict = RULES._replace(links_by_email=False)
    cases = [
        (person(email=""), Known(), RULES, Refusal.EMAIL_UNVERIFIED),
        (person(), Known(), RULES, Refusal.UNKNOWN_USER),
        (person(), Known(by_email=ANNA), strict, Refusal.UNKNOWN_USER),
        (person(), Known(by_email=ANNA, is_linked=True), RULES, Refusal.OTHER_ACCOUNT),
        (person(), Known(by_email=off), RULES, Refusal.DISABLED),
        (person(), Known(by_subject=off), RULES, Refusal.DISABLED),
        (person(), Known(by_subject=ANNA), elsewhere, Refusal.EMAIL_DOMAIN),
        (person(), Known(by_email=off), elsewhere, Refusal.EMAIL_DOMAIN),
        (person(email="a@not-example.org"), Known(), elsewhere, Refusal.EMAIL_DOMAIN),
        (person(), Known(by_subject=ANNA), RULES._replace(roles=DESIGNERS), Refusal.NO_ROLE),
    ]
    for someone, known, rules, expected in cases:
        assert refusal(someone, known, rules) is expected


def test_roles_by_groups() -> None:
    rules = RULES._replace(roles=DESIGNERS, creates_users=True)
    both = person(values=frozenset({"staff", "design"}))
    assert admit(both, Known(), rules).role is Role.GAME_DESIGNER
    assert admit(both, Known(by_subject=ANNA), rules).role is Role.GAME_DESIGNER
    default = rules._replace(default_role=Role.SUPPORT)
    assert admit(person(), Known(), default).role is Role.SUPPORT
    assert admit(person(), Known(by_subject=ANNA), default).role is Role.SUPPORT
    # Without rules a role is what people here have made it.
    plain = RULES._replace(default_role=Role.SUPPORT)
    assert admit(person(), Known(by_subject=ANNA), plain).role is Role.DEVELOPER
    root = User(id=1, email="root@example.com", password_hash="x", role=Role.ADMIN, created_us=0)
    assert admit(both, Known(by_subject=root), rules).role is Role.ADMIN


def test_a_second_factor_is_not_passed_by() -> None:
    enrolled = User(
        id=7,
        email=ANNA.email,
        password_hash="x",
        role=Role.SUPPORT,
        created_us=0,
        totp_since_us=1,
    )
    demanding = RULES._replace(totp_roles=frozenset({Role.DEVELOPER}))
    for user, rules in ((enrolled, RULES), (ANNA, demanding)):
        assert refusal(person(), Known(by_subject=user), rules) is Refusal.SECOND_FACTOR
        weak = person(factors=frozenset({"pwd"}))
        assert refusal(weak, Known(by_subject=user), rules) is Refusal.SECOND_FACTOR
        strong = person(factors=frozenset({"pwd", "mfa"}))
        admission = admit(strong, Known(by_subject=user), rules)
        assert admission.method is SignInMethod.OIDC_TRUSTED
        assert admission.method.has_second_factor


@pytest.mark.parametrize("method", SignInMethod)
def test_codes_of_an_app_change_how_a_session_was_opened(method: SignInMethod) -> None:
    assert method.with_totp.has_second_factor
    is_trusted = method is SignInMethod.OIDC_TRUSTED
    assert method.without_totp.has_second_factor is is_trusted
    is_ours = method.value.startswith("password")
    for after in (method.with_totp, method.without_totp):
        assert after.value.startswith("password") is is_ours


def test_a_sign_in_under_way_comes_back_once_and_in_time() -> None:
    under_way = SignInsUnderWay(seconds=600)
    begun = under_way.begin(return_to="/flags", former_token="t", now_us=0)
    sealed = under_way.seal(begun)
    late_us = 600 * MICROSECONDS
    assert begun.verifier not in sealed
    assert under_way.open(sealed, now_us=late_us - 1) == begun
    assert under_way.open(sealed, now_us=late_us) is None
    assert under_way.open(sealed[:-4] + "AAAA", now_us=0) is None
    assert under_way.open("x" * 5000, now_us=0) is None
    assert under_way.open("", now_us=0) is None
    assert SignInsUnderWay(seconds=600).open(sealed, now_us=0) is None
    under_way.end(begun)
    assert under_way.open(sealed, now_us=0) is None


@pytest.mark.parametrize(
    ("address", "is_guarded"),
    [
        ("https://id.example.com/realms/a", True),
        ("http://127.0.0.1:8080", True),
        ("http://localhost:8080/", True),
        ("http://[::1]/", True),
        ("http://id.example.com", False),
        ("http://localhost.example.com", False),
        ("http://127.0.0.1@id.example.com", False),
        ("https://user@id.example.com", False),
        ("https://id.example.com/#x", False),
        ("https://", False),
        ("https://id.example.com:port", False),
        ("file:///etc/passwd", False),
        ("ftp://127.0.0.1/", False),
        ("", False),
    ],
)
def test_only_addresses_that_nobody_can_change_are_asked(address: str, *, is_guarded: bool) -> None:
    assert is_guarded_address(address) is is_guarded
