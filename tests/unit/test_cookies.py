"""The cookie of the web console: its flags, and who may make use of it."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matsuri.console.sessions import forgery_token, is_forgery_token
from matsuri.errors import PermissionDenied
from matsuri.web.cookies import CookieRules, check_not_forged, session_cookie
from matsuri.web.routes import Request

tokens = st.text(string.ascii_letters + string.digits + "-_")
RULES = CookieRules(seconds=3600, always_secure=False, public_url="")


def request(method: str = "POST", *, secure: bool = False, **headers: str) -> Request:
    made = Request(
        method=method,
        path="/v1/console/me",
        headers=[
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
        ],
        address="127.0.0.1",
        request_id="",
    )
    made.secure = secure
    return made


def flags(rules: CookieRules, *, secure: bool = False, cookie: str = "abc") -> set[str]:
    name, value = rules.set_cookie(cookie, request(secure=secure))
    assert name == b"set-cookie"
    return set(value.decode().split("; "))


def test_scripts_and_other_sites_do_not_get_the_cookie() -> None:
    assert flags(RULES) == {
        "matsuri_session=abc",
        "Path=/",
        "Max-Age=3600",
        "HttpOnly",
        "SameSite=Strict",
    }


def test_it_is_for_https_only_where_that_is_spoken() -> None:
    assert "Secure" in flags(RULES, secure=True)
    assert "Secure" in flags(RULES._replace(always_secure=True))
    assert "Secure" in flags(RULES._replace(public_url="https://liveops.example.com"))
    assert "Secure" not in flags(RULES._replace(public_url="http://liveops.example.com"))


@pytest.mark.parametrize(
    ("base_path", "path"), [("", "/"), ("/", "/"), ("/liveops", "/liveops"), ("/a/b/", "/a/b")]
)
def test_what_else_the_host_serves_does_not_get_it(base_path: str, path: str) -> None:
    rules = RULES._replace(base_path=base_path)
    assert f"Path={path}" in flags(rules)
    # Under another path, a browser would keep what is to go.
    assert f"Path={path}" in flags(rules, cookie="")
    _, value = rules.set_sign_in_cookie("sealed", request(), seconds=60)
    assert f"Path={path}" in value.decode().split("; ")


def test_it_is_taken_back_with_the_same_flags() -> None:
    assert "Max-Age=0" in flags(RULES, cookie="")
    assert "matsuri_session=" in flags(RULES, cookie="")


@pytest.mark.parametrize(
    ("cookie", "token"),
    [
        ("", ""),
        ("matsuri_session=abc", "abc"),
        ("theme=dark; matsuri_session=abc; x=y", "abc"),
        ("xmatsuri_session=abc", ""),
        ("matsuri_session", ""),
        (f"matsuri_session={'x' * 1000}", ""),
    ],
)
def test_the_cookie_among_others(cookie: str, token: str) -> None:
    assert session_cookie(request(cookie=cookie)) == token


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "none"},
        {"origin": "http://liveops.example.com:7450", "host": "liveops.example.com:7450"},
        {"origin": "https://LiveOps.example.com", "host": "liveops.example.com"},
        {"origin": "https://public.example.com", "host": "10.0.0.1:7450"},
        # A proxy in front may have changed the host; the browser knows better.
        {"sec_fetch_site": "same-origin", "origin": "http://localhost:5173", "host": "x"},
    ],
)
def test_our_own_pages(headers: dict[str, str]) -> None:
    RULES._replace(public_url="https://public.example.com").check_own_page(request(**headers))


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site", "origin": "http://a", "host": "a"},
        {"origin": "https://evil.example.com", "host": "liveops.example.com"},
        {"origin": "null", "host": "liveops.example.com"},
        {"origin": "null"},
        {"origin": "http://[", "host": "liveops.example.com"},
        {"origin": "http://liveops.example.com:8080", "host": "liveops.example.com"},
        {"origin": "http://liveops.example.com.evil.com", "host": "liveops.example.com"},
    ],
)
def test_pages_of_others(headers: dict[str, str]) -> None:
    with pytest.raises(PermissionDenied):
        RULES.check_own_page(request(**headers))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_what_changes_something_needs_the_token_for_it(method: str) -> None:
    check_not_forged(request(method, x_csrf_token=forgery_token("abc")), "abc")
    for wrong in ("", "abc", forgery_token("abd"), forgery_token("abc")[:-1], "é"):
        with pytest.raises(PermissionDenied):
            check_not_forged(request(method, x_csrf_token=wrong), "abc")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_reads_does_not(method: str) -> None:
    check_not_forged(request(method), "abc")


@given(one=tokens, other=tokens)
def test_each_session_has_a_token_of_its_own(one: str, other: str) -> None:
    assert is_forgery_token(forgery_token(one), one)
    assert is_forgery_token(forgery_token(one), other) is (one == other)
