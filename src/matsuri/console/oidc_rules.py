"""Who comes in by single sign-on, as whom, and with which role. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from matsuri.console.model import Role, SignInMethod, User
from matsuri.console.user_rules import EMAIL_CHARS_MAX, checked_email
from matsuri.errors import MatsuriError

_VALUES_MAX = 1000


class Refusal(StrEnum):
    """Why nobody was signed in, as the address of the sign-in screen says it."""

    CANCELLED = "cancelled"
    EXPIRED = "expired"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    PROVIDER_REFUSED = "provider_refused"
    INVALID_ANSWER = "invalid_answer"
    EMAIL_UNVERIFIED = "email_unverified"
    EMAIL_DOMAIN = "email_domain"
    UNKNOWN_USER = "unknown_user"
    OTHER_ACCOUNT = "other_account"
    DISABLED = "disabled"
    NO_ROLE = "no_role"
    SECOND_FACTOR = "second_factor"
    LAST_ADMINISTRATOR = "last_administrator"
    TOO_MANY_USERS = "too_many_users"


class SignInRefused(Exception):
    """Nobody is signed in; ``detail`` is for the operator's log and names no secrets."""

    def __init__(self, refusal: Refusal, detail: str = "") -> None:
        super().__init__(detail or refusal.value)
        self.refusal = refusal
        self.detail = detail


class ClaimNames(NamedTuple):
    """Where the provider tells what standard claims do not, or tells it otherwise."""

    email_verified: str
    roles: str


class Person(NamedTuple):
    """What the provider says of who has signed in there.

    ``email`` is empty where it does not vouch for one. ``values`` are groups or roles there,
    ``factors`` the names of how the person proved who they are.
    """

    subject: str
    email: str
    values: frozenset[str]
    factors: frozenset[str]


class Known(NamedTuple):
    """Whom we know: the user of the subject, or else the one of the e-mail address.

    ``is_linked`` says that the latter is already somebody else's at the provider.
    """

    by_subject: User | None = None
    by_email: User | None = None
    is_linked: bool = False


class AdmissionRules(NamedTuple):
    """Whom to let in.

    ``roles`` are values at the provider with our roles, the first that fits counts; none where
    roles are decided here. ``given_email`` is the user whom the settings make administrator, and
    ``users_max`` the most users that there may be.
    """

    email_domains: frozenset[str]
    links_by_email: bool
    creates_users: bool
    roles: tuple[tuple[str, Role], ...]
    default_role: Role | None
    trusted_factors: frozenset[str]
    totp_roles: frozenset[Role]
    given_email: str
    users_max: int


class Admission(NamedTuple):
    """As whom somebody comes in: a user to be made where ``user`` is ``None``."""

    user: User | None
    email: str
    role: Role
    is_new_link: bool
    method: SignInMethod


def person_of(claims: Mapping[str, Any], names: ClaimNames) -> Person:
    """What verified claims say; an e-mail address only where the provider has verified it."""
    email = claims.get("email")
    vouched = _said(claims, names.email_verified)
    # Some say it in text. Anything else is no yes.
    is_verified = vouched is True or vouched in ("true", "1")
    return Person(
        subject=str(claims["sub"]),
        email=_usable(email) if is_verified else "",
        values=_texts(_said(claims, names.roles)),
        factors=_texts(claims.get("amr")) | _texts(claims.get("acr")),
    )


def admit(person: Person, known: Known, rules: AdmissionRules) -> Admission:
    """As whom the person comes in; raises ``SignInRefused``."""
    user = known.by_subject or _by_email(person, known, rules)
    if user is not None and user.disabled:
        raise SignInRefused(Refusal.DISABLED)
    email = person.email if user is None else user.email
    _check_domain(email, rules)
    role = _role(person, user, rules)
    return Admission(
        user=user,
        email=email,
        role=role,
        is_new_link=known.by_subject is None,
        method=_method(person, user, role, rules),
    )


def _by_email(person: Person, known: Known, rules: AdmissionRules) -> User | None:
    """The user whose address the provider has verified; ``None`` for one to be made."""
    if not person.email:
        raise SignInRefused(Refusal.EMAIL_UNVERIFIED)
    # Who is from elsewhere is not told whom we know.
    _check_domain(person.email, rules)
    if known.by_email is None:
        if not rules.creates_users:
            raise SignInRefused(Refusal.UNKNOWN_USER)
        return None
    if known.is_linked:
        # Addresses are given to others when somebody leaves.
        raise SignInRefused(Refusal.OTHER_ACCOUNT)
    if not rules.links_by_email:
        raise SignInRefused(Refusal.UNKNOWN_USER)
    return known.by_email


def _check_domain(email: str, rules: AdmissionRules) -> None:
    if rules.email_domains and email.rpartition("@")[2] not in rules.email_domains:
        raise SignInRefused(Refusal.EMAIL_DOMAIN)


def _role(person: Person, user: User | None, rules: AdmissionRules) -> Role:
    if user is not None and (not rules.roles or user.email == rules.given_email):
        return user.role
    role = next((role for value, role in rules.roles if value in person.values), None)
    role = role or rules.default_role
    if role is None:
        raise SignInRefused(Refusal.NO_ROLE)
    return role


def _method(person: Person, user: User | None, role: Role, rules: AdmissionRules) -> SignInMethod:
    if person.factors & rules.trusted_factors:
        return SignInMethod.OIDC_TRUSTED
    has_factor = user is not None and user.totp_since_us is not None
    if has_factor or role in rules.totp_roles:
        raise SignInRefused(Refusal.SECOND_FACTOR)
    return SignInMethod.OIDC


def _said(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or by the names on the way to it with dots between."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _texts(value: Any) -> frozenset[str]:
    """The texts of a list, or the only one."""
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list):
        return frozenset()
    return frozenset(each for each in values[:_VALUES_MAX] if isinstance(each, str))


def _usable(email: Any) -> str:
    """The address as users have it; empty where it is none."""
    # Other letters may become these when they are made small ("\u212a" is "k" then).
    if not isinstance(email, str) or len(email) > EMAIL_CHARS_MAX or not email.isascii():
        return ""
    try:
        return checked_email(email)
    except MatsuriError:
        return ""
