"""The call under way: who makes it, from where, and what for, as the audit log tells it.

The edge opens an attempt for every call of the console. Whoever notes something on behalf of the
call, in a transaction somewhere below, finds it here: no use case hands it on.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from enum import StrEnum
from typing import Any

_TEXT_MAX = {"address": 64, "user_agent": 200, "request_id": 64, "subject_id": 128}


class Outcome(StrEnum):
    """How a call ended: ``refused`` for what the caller may not or cannot do, ``failed`` for us."""

    OK = "ok"
    REFUSED = "refused"
    FAILED = "failed"


class Attempt:
    """One call. ``noted`` counts the entries that were made for it so far.

    ``actor`` is empty as long as nobody is known to call. ``subject_id`` is what the caller has
    typed, unless it is ``subject_known``. ``audited`` is false for a call that only reads: of
    these, what is denied is noted and nothing else. ``after`` is what to note of what was done,
    where nothing else notes it.
    """

    __slots__ = (
        "action",
        "actor",
        "actor_is_key",
        "address",
        "after",
        "audited",
        "noted",
        "open",
        "operation",
        "refused",
        "request_id",
        "subject_id",
        "subject_kind",
        "subject_known",
        "subject_name",
        "user_agent",
    )

    def __init__(
        self,
        *,
        operation: str,
        action: str,
        audited: bool,
        subject_kind: str,
        subject_id: str = "",
        address: str = "",
        user_agent: str = "",
        request_id: str = "",
    ) -> None:
        self.operation = operation
        self.action = action
        self.audited = audited
        self.subject_kind = subject_kind
        self.subject_id = subject_id[: _TEXT_MAX["subject_id"]]
        self.subject_name = ""
        self.subject_known = False
        self.address = address[: _TEXT_MAX["address"]]
        self.user_agent = user_agent[: _TEXT_MAX["user_agent"]]
        self.request_id = request_id[: _TEXT_MAX["request_id"]]
        self.actor = ""
        self.actor_is_key = False
        self.after: Mapping[str, Any] | None = None
        self.noted = 0
        self.refused: tuple[int, str] | None = None
        self.open = True


_current: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


def begin(attempt: Attempt) -> None:
    """Let ``attempt`` be the call under way, until it is not open any more."""
    _current.set(attempt)


def under_way() -> Attempt | None:
    """The call on whose behalf this runs; ``None`` for what the server does by itself."""
    attempt = _current.get()
    # What a call has begun may outlive it, and is the server's own then.
    return attempt if attempt is not None and attempt.open else None


def called_by(name: str, *, is_key: bool) -> None:
    """Tell who makes the call under way: a console user by e-mail, or a server key by name."""
    if (attempt := under_way()) is not None:
        attempt.actor, attempt.actor_is_key = name, is_key


def call_is_about(subject_kind: str, subject_id: str, *, name: str = "") -> None:
    """Tell what the call under way is about, where its path does not: something that there is."""
    if (attempt := under_way()) is not None:
        attempt.subject_kind = subject_kind
        attempt.subject_id = subject_id[: _TEXT_MAX["subject_id"]]
        attempt.subject_name = name
        attempt.subject_known = True


def call_is_refused(status: int, message: str) -> None:
    """Tell that the call under way is refused although its answer is none of an error.

    Browsers on their way get an answer that takes them on.
    """
    if (attempt := under_way()) is not None:
        attempt.refused = status, message


def outcome_of(status: int) -> Outcome:
    """How a call ended that was answered with that status."""
    if status < 400:  # noqa: PLR2004 # HTTP's own limits
        return Outcome.OK
    return Outcome.REFUSED if status < 500 else Outcome.FAILED  # noqa: PLR2004
