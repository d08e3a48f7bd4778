"""Wiring of single sign-on: the provider of the settings, and whom it brings in."""

from matsuri.adapters.database import Database
from matsuri.adapters.web_client import WebClient
from matsuri.config import Settings
from matsuri.console import oidc_api
from matsuri.console.model import Role
from matsuri.console.oidc_provider import Provider, ProviderRules
from matsuri.console.oidc_rules import AdmissionRules, ClaimNames
from matsuri.console.oidc_under_way import SignInsUnderWay
from matsuri.console.sessions import ConsoleSessions
from matsuri.console.single_sign_on import SingleSignOn
from matsuri.console.throttle import SignInThrottle
from matsuri.kit.clock import Clock

_ANSWER_BYTES_MAX = 1024 * 1024


def web_client(settings: Settings) -> WebClient:
    """What asks the provider."""
    return WebClient(seconds_max=settings.oidc_call_seconds_max, bytes_max=_ANSWER_BYTES_MAX)


def open_single_sign_on(
    settings: Settings,
    *,
    control: Database,
    clock: Clock,
    web: WebClient,
    sessions: ConsoleSessions,
    throttle: SignInThrottle,
) -> SingleSignOn | None:
    """The same, by the settings; ``None`` where there is no provider."""
    if not settings.oidc_issuer:
        return None
    return SingleSignOn(
        database=control,
        clock=clock,
        provider=Provider(provider_rules(settings), web=web, clock=clock),
        under_way=SignInsUnderWay(seconds=settings.oidc_sign_in_seconds),
        sessions=sessions,
        throttle=throttle,
        names=ClaimNames(settings.oidc_email_verified_claim, settings.oidc_roles_claim),
        rules=admission_rules(settings),
    )


def provider_rules(settings: Settings) -> ProviderRules:
    """Which provider, and who we are there."""
    needed = ["email", settings.oidc_email_verified_claim]
    if settings.oidc_roles:
        needed.append(settings.oidc_roles_claim)
    base = f"{settings.public_url.rstrip('/')}{settings.base_path.rstrip('/')}"
    return ProviderRules(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        scopes=settings.oidc_scopes,
        redirect_uri=f"{base}{oidc_api.CALLBACK}",
        needed_claims=needed,
        skew_seconds=settings.oidc_clock_skew_seconds,
        cache_seconds=settings.oidc_cache_seconds,
    )


def admission_rules(settings: Settings) -> AdmissionRules:
    """Whom to let in."""
    given = (each.rpartition("=") for each in settings.oidc_roles)
    default = settings.oidc_default_role
    return AdmissionRules(
        email_domains=frozenset(
            each.strip().lower().removeprefix("@") for each in settings.oidc_email_domains
        ),
        links_by_email=settings.oidc_link_by_email,
        creates_users=settings.oidc_create_users,
        roles=tuple((value.strip(), Role(role.strip())) for value, _, role in given),
        default_role=Role(default) if default else None,
        trusted_factors=frozenset(settings.oidc_trusts_second_factor),
        totp_roles=frozenset(Role(each) for each in settings.console_totp_roles),
        given_email=settings.admin_email.strip().lower(),
        users_max=settings.console_users_max,
    )
