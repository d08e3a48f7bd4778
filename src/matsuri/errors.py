"""Every error a caller can be told about: a gRPC code, an HTTP status, a text and details.

The wire shape is ``{"code", "message", "details"}`` (wire contract, section 2, "Errors").
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class MatsuriError(Exception):
    """An error that the HTTP edge turns into a reply.

    ``code`` is the gRPC code, ``status`` the HTTP status, ``message`` one sentence for a person,
    ``details`` JSON objects that say which field or item was wrong, and ``headers`` extra
    response headers.
    """

    code: ClassVar[int] = 13
    status: int = 500

    def __init__(
        self,
        message: str,
        *,
        details: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = [dict(detail) for detail in details]
        self.headers = dict(headers or {})
        if status is not None:
            self.status = status


class InvalidArgument(MatsuriError):
    """The request is wrong in itself: sending it again cannot help."""

    code = 3
    status = 400


class NotFound(MatsuriError):
    """What the request names does not exist."""

    code = 5
    status = 404


class AlreadyExists(MatsuriError):
    """What the request would create exists already."""

    code = 6
    status = 409


class PermissionDenied(MatsuriError):
    """The caller is known but may not do this."""

    code = 7
    status = 403


class ResourceExhausted(MatsuriError):
    """The caller asks too often; ``Retry-After`` says when to come back."""

    code = 8
    status = 429

    def __init__(self, message: str, *, retry_after_seconds: int) -> None:
        super().__init__(message, headers={"retry-after": str(retry_after_seconds)})


class FailedPrecondition(MatsuriError):
    """The request is right, but not in the state that things are in."""

    code = 9
    status = 400


class Aborted(MatsuriError):
    """Somebody else was quicker: read again what there is now, and decide anew."""

    code = 10
    status = 409


class Unimplemented(MatsuriError):
    """The path exists but not with this method."""

    code = 12
    status = 405


class Unavailable(MatsuriError):
    """The server cannot serve this right now; the same request may succeed later."""

    code = 14
    status = 503

    def __init__(self, message: str, *, retry_after_seconds: int = 1) -> None:
        super().__init__(message, headers={"retry-after": str(retry_after_seconds)})


class Unauthenticated(MatsuriError):
    """The caller did not prove who they are."""

    code = 16
    status = 401


def invalid_field(field: str, problem: str, allowed: str = "") -> InvalidArgument:
    """An ``InvalidArgument`` about one request field: what was wrong and what is allowed."""
    detail = {"field": field, "problem": problem}
    if allowed:
        detail["allowed"] = allowed
    hint = f" ({allowed})" if allowed else ""
    return InvalidArgument(f"{field}: {problem}{hint}", details=[detail])
