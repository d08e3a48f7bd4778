"""Wiring of console users: signing in, sessions, accounts, permissions."""

from dataclasses import dataclass
from typing import Any

from matsuri.adapters.database import Database
from matsuri.adapters.web_client import WebClient
from matsuri.bootstrap.single_sign_on import open_single_sign_on
from matsuri.config import Settings
from matsuri.console import console_api, me_api, oidc_api, users_api
from matsuri.console.account import Account
from matsuri.console.account_guard import AccountGuard
from matsuri.console.console_api import SignInAnswers
from matsuri.console.model import Role
from matsuri.console.oidc_api import SignInWays
from matsuri.console.password_rules import PasswordRules
from matsuri.console.passwords import PasswordQueue, Passwords
from matsuri.console.second_factor import SecondFactor
from matsuri.console.sessions import ConsoleSessions, SessionRules
from matsuri.console.sign_in import SignIn
from matsuri.console.throttle import SignInThrottle
from matsuri.console.users import UserLimits, Users
from matsuri.kit.clock import Clock
from matsuri.web.callers import Callers
from matsuri.web.cookies import CookieRules
from matsuri.web.routes import Route


@dataclass(frozen=True)
class People:
    """What is known and done of the people with access to the console."""

    sessions: ConsoleSessions
    sign_in: SignIn
    account: Account
    factor: SecondFactor
    users: Users
    cookies: CookieRules
    ways: SignInWays


def open_people(
    settings: Settings, *, control: Database, clock: Clock, passwords: Passwords, web: WebClient
) -> People:
    """The same, by the settings."""
    queue = PasswordQueue(passwords, waiting_max=settings.sign_ins_waiting_max)
    rules = PasswordRules(settings.console_password_chars_min, settings.console_password_chars_max)
    given_email = settings.admin_email.strip().lower() if settings.admin_password else ""
    throttle = SignInThrottle(
        failures_max=settings.sign_in_failures_max,
        window_seconds=settings.sign_in_window_seconds,
    )
    guard = AccountGuard(
        database=control,
        clock=clock,
        passwords=queue,
        throttle=throttle,
        password_chars_max=settings.console_password_chars_max,
    )
    sessions = ConsoleSessions(
        database=control,
        clock=clock,
        rules=SessionRules(
            session_seconds=settings.console_session_seconds,
            idle_seconds=settings.console_session_idle_seconds,
            seen_seconds=settings.console_session_seen_seconds,
            sessions_max=settings.console_sessions_max,
            totp_roles=frozenset(Role(each) for each in settings.console_totp_roles),
        ),
    )
    cookies = CookieRules(
        seconds=settings.console_session_seconds,
        always_secure=settings.console_cookie_secure,
        public_url=settings.public_url,
        base_path=settings.base_path,
    )
    return People(
        sessions=sessions,
        sign_in=SignIn(
            database=control,
            clock=clock,
            passwords=queue,
            password_rules=rules,
            throttle=throttle,
            sessions=sessions,
            ticket_seconds=settings.console_enrolment_seconds,
            only_email=_only_email(settings),
        ),
        account=Account(
            database=control,
            clock=clock,
            guard=guard,
            passwords=queue,
            password_rules=rules,
            given_email=given_email,
        ),
        factor=SecondFactor(
            database=control,
            clock=clock,
            guard=guard,
            sessions=sessions,
            issuer=settings.console_totp_issuer,
            pending_seconds=settings.console_enrolment_seconds,
        ),
        users=Users(
            database=control,
            clock=clock,
            passwords=queue,
            limits=UserLimits(
                users_max=settings.console_users_max,
                one_time_seconds=settings.console_one_time_password_seconds,
                given_email=given_email,
            ),
        ),
        cookies=cookies,
        ways=SignInWays(
            single_sign_on=open_single_sign_on(
                settings,
                control=control,
                clock=clock,
                web=web,
                sessions=sessions,
                throttle=throttle,
            ),
            label=settings.oidc_label,
            passwords=settings.console_password_sign_in,
            cookies=cookies,
            base_path=settings.base_path,
            seconds=settings.oidc_sign_in_seconds,
        ),
    )


def _only_email(settings: Settings) -> str:
    """Who alone signs in with a password; empty for everybody."""
    return "" if settings.console_password_sign_in else settings.admin_email.strip().lower()


def people_routes(people: People, callers: Callers) -> list[Route[Any, Any]]:
    """The endpoints of people."""
    answers = SignInAnswers(people.sessions, people.cookies)
    return [
        *console_api.routes(people.sign_in, people.account, answers, signed_in=callers.signed_in),
        *oidc_api.routes(people.ways),
        *me_api.routes(
            people.account,
            people.factor,
            people.users,
            people.sessions,
            answers,
            signed_in=callers.signed_in,
            enrolling=callers.enrolling,
        ),
        *users_api.routes(
            people.users,
            people.sessions,
            console_may=callers.console_may,
            console=callers.console,
        ),
    ]
