"""Single sign-on against a certified OpenID provider, over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.oidc.console import SignInDesk, sign_in_desk
from tests.oidc.provider import Surfer


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignInDesk]:
    with sign_in_desk(tmp_path_factory.mktemp("known") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def open_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignInDesk]:
    """Makes users of who comes; the provider decides on roles."""
    with sign_in_desk(
        tmp_path_factory.mktemp("open") / "data",
        oidc_create_users="true",
        oidc_roles="liveops=admin,design=game_designer",
        oidc_email_domains="example.com",
        oidc_trusts_second_factor="mfa",
        console_totp_roles="admin",
    ) as running:
        yield running


def test_who_is_known_by_a_verified_address_is_signed_in(desk: SignInDesk) -> None:
    anna = desk.user("anna@example.com", role="developer")
    desk.provider.person("anna", email="Anna@Example.com", email_verified=True)
    surfer = desk.sign_in("anna")
    me = desk.me(surfer).json
    assert (me["user"]["id"], me["user"]["role"]) == (anna["id"], "developer")
    assert me["session"]["method"] == "oidc"
    # The address is looked at once: from then on it is the account there that counts.
    desk.provider.person("anna", email="anna.b@example.com", email_verified=False)
    assert desk.me(desk.sign_in("anna")).json["user"]["id"] == anna["id"]
    signed, *_ = desk.audited("user.sign_in")
    assert (signed["actor"], signed["outcome"]) == ("anna@example.com", "ok")
    (link,) = desk.audited("user.link")
    assert link["subject_name"] == "anna@example.com"


def test_the_way_there_is_bound_to_the_browser_and_goes_one_time(desk: SignInDesk) -> None:
    desk.user("bert@example.com")
    desk.provider.person("bert", email="bert@example.com", email_verified=True)
    surfer = Surfer()
    begun = desk.begin(surfer)
    assert begun.reply.status == 302
    assert begun.parameter("code_challenge_method") == "S256"
    kept = begun.reply.headers["set-cookie"]
    assert all(part in kept for part in ("HttpOnly", "SameSite=Lax", "Max-Age=600"))
    back = desk.visit_provider(surfer, begun, "bert").location
    # In another browser it leads nowhere, and neither does another state in this one.
    other = Surfer()
    assert desk.refusal_of(other, other.get(back)) == "expired"
    assert surfer.get(back.replace("state=", "state=x")).parameter("sign_in_error") == "expired"
    assert desk.me(surfer).status == 401


def test_a_code_opens_once(desk: SignInDesk) -> None:
    desk.user("cleo@example.com")
    desk.provider.person("cleo", email="cleo@example.com", email_verified=True)
    surfer = Surfer()
    back = desk.visit_provider(surfer, desk.begin(surfer), "cleo").location
    thief = Surfer()
    thief.cookies = {host: dict(kept) for host, kept in surfer.cookies.items()}
    assert surfer.get(back).location.endswith("/flags")
    assert desk.refusal_of(thief, thief.get(back)) == "expired"
    # With a sign-in of the thief's own, the provider refuses the code.
    begun = desk.begin(thief)
    state = begun.parameter("state")
    code = back.partition("code=")[2].partition("&")[0]
    url = f"{desk.server.url}/v1/console/oidc/callback?state={state}&code={code}"
    end = thief.get(f"{url}&iss={desk.provider.issuer}")
    assert desk.refusal_of(thief, end) == "provider_refused"


@pytest.mark.parametrize("parameter", ["nonce", "code_challenge"])
def test_what_was_begun_elsewhere_does_not_end_here(desk: SignInDesk, parameter: str) -> None:
    desk.provider.person("dora", email="dora@example.com", email_verified=True)
    surfer = Surfer()
    begun = desk.begin(surfer)
    changed = begun.location.replace(begun.parameter(parameter), "x" * 43)
    desk.provider.next("dora")
    back = surfer.follow(surfer.get(changed), until="/v1/console/oidc/callback").location
    refusal = {"nonce": "invalid_answer", "code_challenge": "provider_refused"}[parameter]
    assert desk.refusal_of(surfer, surfer.get(back)) == refusal


def test_another_issuer_is_not_believed(desk: SignInDesk) -> None:
    surfer = Surfer()
    back = desk.visit_provider(surfer, desk.begin(surfer), "dora").location
    end = surfer.get(back.partition("&iss=")[0])
    assert desk.refusal_of(surfer, end) == "invalid_answer"


def test_who_is_not_let_in_is_told_why(desk: SignInDesk) -> None:
    person = desk.provider.person
    desk.user("emil@example.com")
    gone = desk.user("fred@example.com")
    desk.call("PUT", f"/user/{gone['id']}", {"disabled": True})
    person("emil", email="emil@example.com", email_verified=False)
    person("fred", email="fred@example.com", email_verified=True)
    person("guest", email="guest@example.com", email_verified=True)
    assert desk.refusal("emil") == "email_unverified"
    assert desk.refusal("fred") == "disabled"
    assert desk.refusal("guest") == "unknown_user"
    assert desk.refusal("nobody") == "cancelled"
    assert "guest@example.com" not in desk.users()
    # Whoever has an address after somebody else is not them.
    person("emil", email="emil@example.com", email_verified=True)
    desk.sign_in("emil")
    person("emil-2", email="emil@example.com", email_verified=True)
    assert desk.refusal("emil-2") == "other_account"


def test_the_provider_decides_on_roles(open_desk: SignInDesk) -> None:
    desk, person = open_desk, open_desk.provider.person
    person("hans", email="hans@example.com", email_verified=True, groups=["design", "staff"])
    assert desk.me(desk.sign_in("hans")).json["user"]["role"] == "game_designer"
    assert not desk.users()["hans@example.com"]["has_password"]
    person("hans", email="hans@example.com", email_verified=True, groups=["staff"])
    assert desk.refusal("hans") == "no_role"
    # An administrator has a second factor, there if not here.
    person("hans", email="hans@example.com", email_verified=True, groups=["design", "liveops"])
    assert desk.refusal("hans") == "second_factor"
    person("hans", groups=["liveops"], amr=["pwd", "mfa"])
    me = desk.me(desk.sign_in("hans")).json
    assert (me["user"]["role"], me["session"]["method"]) == ("admin", "oidc+mfa")
    changed, *_ = desk.audited("user.update")
    assert (changed["before"]["role"], changed["after"]["role"]) == ("game_designer", "admin")


def test_without_a_password_a_second_factor_is_the_providers(open_desk: SignInDesk) -> None:
    desk = open_desk
    desk.provider.person("gil", email="gil@example.com", email_verified=True, groups=["design"])
    surfer = desk.sign_in("gil")
    (cookie,) = (
        kept["matsuri_session"]
        for kept in surfer.cookies.values()
        if kept and "matsuri_session" in kept
    )
    headers = {
        "cookie": f"matsuri_session={cookie}",
        "x-csrf-token": desk.me(surfer).json["csrf_token"],
    }
    reply = desk.server.request("POST", "/v1/console/me/totp", body={}, headers=headers)
    assert (reply.status, reply.json["code"]) == (400, 9)
    # Nobody has locked themselves out.
    desk.sign_in("gil")


def test_the_last_administrator_stays_one(open_desk: SignInDesk) -> None:
    desk = open_desk
    desk.provider.person(
        "ida", email="ida@example.com", email_verified=True, groups=["liveops"], amr="mfa"
    )
    desk.sign_in("ida")
    ida = desk.users()["ida@example.com"]["id"]
    for user in desk.users().values():
        if user["id"] != ida:
            desk.call("PUT", f"/user/{user['id']}", {"disabled": True})
    desk.provider.person("ida", groups=["design"], amr="mfa")
    assert desk.refusal("ida") == "last_administrator"
    assert desk.users()["ida@example.com"]["role"] == "admin"


def test_only_addresses_of_the_studio_come_in(open_desk: SignInDesk) -> None:
    open_desk.provider.person(
        "joe", email="joe@elsewhere.com", email_verified=True, groups=["design"]
    )
    assert open_desk.refusal("joe") == "email_domain"


def test_a_removed_user_is_gone_there_too(desk: SignInDesk) -> None:
    user = desk.user("kim@example.com")
    desk.provider.person("kim", email="kim@example.com", email_verified=True)
    surfer = desk.sign_in("kim")
    desk.call("DELETE", f"/user/{user['id']}")
    assert desk.me(surfer).status == 401
    assert desk.refusal("kim") == "unknown_user"


def test_a_second_sign_in_ends_the_session_before(desk: SignInDesk) -> None:
    desk.user("lea@example.com")
    desk.provider.person("lea", email="lea@example.com", email_verified=True)
    surfer = desk.sign_in("lea")
    before = Surfer()
    before.cookies = {host: dict(kept) for host, kept in surfer.cookies.items()}
    assert desk.come_back(surfer, "lea").location.endswith("/flags")
    assert desk.me(surfer).status == 200
    assert desk.me(before).status == 401
    (cookies,) = (kept for host, kept in surfer.cookies.items() if host in desk.server.url)
    assert set(cookies) == {"matsuri_session"}


def test_what_failed_is_in_the_audit_log(tmp_path: Path) -> None:
    with sign_in_desk(tmp_path / "data") as desk:
        desk.provider.person("guest", email="guest@example.com", email_verified=True)
        assert desk.refusal("guest") == "unknown_user"
        (refused,) = desk.audited("user.sign_in")
        assert (refused["outcome"], refused["status"]) == ("refused", 401)
        assert refused["message"] == "Single sign-on: unknown_user (guest@example.com)"
        desk.user("mia@example.com")
        desk.provider.person("mia", email="mia@example.com", email_verified=True)
        surfer = Surfer()
        back = desk.visit_provider(surfer, desk.begin(surfer), "mia").location
        desk.provider.stop()
        assert desk.refusal_of(surfer, surfer.get(back)) == "provider_unavailable"
        (entry, *_) = desk.audited("user.sign_in")
        assert (entry["outcome"], entry["status"]) == ("failed", 503)
        assert "does not answer" in desk.server.folder.with_suffix(".log").read_text()
        # Nothing else suffers.
        assert desk.server.request("GET", "/readycheck").status == 200
