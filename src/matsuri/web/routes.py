"""What a route is: a method and a path, who may call it, what it takes and answers."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

HTML = "text/html; charset=utf-8"
JSON = "application/json"
EVENT_STREAM = "text/event-stream"

C = TypeVar("C")
B = TypeVar("B")


class Request:
    """One HTTP request at the edge.

    ``address`` is the client's IP address, ``forwarded`` whether a trusted proxy told it, and
    ``secure`` whether it came by https, to us or to that proxy.
    ``params`` are the parts of the path that the route leaves open, by name.
    """

    __slots__ = (
        "_headers",
        "address",
        "forwarded",
        "method",
        "params",
        "path",
        "query",
        "request_id",
        "secure",
    )

    def __init__(
        self,
        *,
        method: str,
        path: str,
        headers: Sequence[tuple[bytes, bytes]],
        address: str,
        request_id: str,
        query: bytes = b"",
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.params: Mapping[str, str] = {}
        self.address = address
        self.forwarded = False
        self.secure = False
        self.request_id = request_id
        self._headers = headers

    @property
    def player_address(self) -> str:
        """The player's address where a game server may be calling for it; empty if not told.

        Without a word from a trusted game server, the address is that of the game server.
        """
        return self.address if self.forwarded else ""

    def header(self, name: bytes) -> str:
        """The first header of that lower-case name, empty if there is none."""
        for key, value in self._headers:
            if key == name:
                return value.decode("latin-1")
        return ""


class Response(NamedTuple):
    """An answer that is not a message: a page, a document, or bytes that are there already."""

    body: bytes
    content_type: str
    status: int = 200
    headers: Sequence[tuple[bytes, bytes]] = ()


class Document(NamedTuple):
    """An answer to a browser: its headers are all there are, but for length and request id."""

    body: bytes
    headers: Sequence[tuple[bytes, bytes]]
    status: int = 200


class Stream(NamedTuple):
    """An answer that comes piece by piece, for as long as the caller stays.

    ``pieces`` is closed when the caller goes or the server stops.
    """

    pieces: AsyncIterator[bytes]
    content_type: str


@dataclass(frozen=True)
class Auth(Generic[C]):
    """A way to tell who calls.

    ``resolve`` raises ``Unauthenticated``, and ``PermissionDenied`` where the caller is known but
    has no ``permission``. ``schemes`` names the security schemes of the OpenAPI document that do.
    """

    resolve: Callable[[Request], Awaitable[C]]
    schemes: tuple[str, ...]
    permission: str = ""


async def _nobody(_request: Request) -> None:
    return None


PUBLIC: Auth[None] = Auth(_nobody, ())


@dataclass(frozen=True)
class Route(Generic[C, B]):
    """One endpoint.

    ``path`` may leave segments open, as in ``/v1/console/flag/{id}``: see ``Request.params``.
    ``handler`` gets the request, the caller and the decoded body, and returns a message of
    ``response_type``, a ``Response`` or a ``Stream``. With no ``request_type`` a body is ignored.
    ``decode`` makes something else of the body than a ``request_type``, which then only documents
    it. With a ``query_type`` the handler gets the query string, as that, in place of a body; a
    ``query_lenient`` one may have parameters that are none of its fields. ``failure_types`` are
    the messages, by status, of answers that are no errors of ours but somebody else's protocol's.
    ``also_produces`` names the content types that the caller can ask for beside the usual one.
    ``success`` is the status of what is no failure.
    ``audited`` says whether calls leave an entry in the audit log: see ``is_audited``. ``action``
    is what such an entry calls them, and ``subject`` what kind they are about, where the operation
    and the permission make no good names. ``told`` are fields of the answer that the entry has
    where the use case notes nothing itself; of a list it has the length.
    """

    method: str
    path: str
    auth: Auth[C]
    handler: Callable[[Request, C, B], Awaitable[Any]]
    operation: str
    summary: str
    tag: str
    request_type: type[Any] | None = None
    response_type: type[Any] | None = None
    query_type: type[Any] | None = None
    query_lenient: bool = False
    failure_types: Mapping[int, type[Any]] = field(default_factory=dict)
    decode: Callable[[bytes], B] | None = None
    description: str = ""
    produces: str = JSON
    also_produces: Sequence[str] = ()
    success: int = 200
    documented: bool = True
    audited: bool | None = None
    action: str = ""
    subject: str = ""
    told: tuple[str, ...] = ()

    @property
    def is_audited(self) -> bool:
        """Whether calls leave an entry: unless the route says, all of the console but GET."""
        if self.audited is not None:
            return self.audited
        return self.method != "GET" and self.path.startswith("/v1/console/")
