"""The ASGI application: one table of routes, one way to fail. No framework in between."""

import asyncio
import gzip
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, MutableMapping, Sequence
from functools import partial
from typing import Any, Protocol

import msgspec
import structlog

from matsuri.console import attempts as calls
from matsuri.errors import MatsuriError, NotFound, Unavailable, Unimplemented
from matsuri.kit.ids import new_id
from matsuri.web.attempts import AttemptNotes, console_call
from matsuri.web.bodies import ClientDisconnected, Receive, decode, read_body, unpack
from matsuri.web.client_address import Network, client_address
from matsuri.web.console_site import ConsoleSite
from matsuri.web.encodings import accepts_gzip
from matsuri.web.messages import ErrorMessage
from matsuri.web.paths import PathTree
from matsuri.web.queries import query_decoder
from matsuri.web.rights import until_revoked
from matsuri.web.routes import (
    EVENT_STREAM,
    JSON,
    PUBLIC,
    Auth,
    Document,
    Request,
    Response,
    Route,
    Stream,
)

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

logger = structlog.get_logger(__name__)

_SLASHES = re.compile(r"/{2,}")
# Where the paths of the APIs begin, whatever prefix a proxy or a client puts before them.
_API_ROOT = re.compile(r"/(?:ofrep/)?v1/")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}", re.ASCII)
_GZIP_BYTES_MIN = 1024
_INTERNAL_CODE = 13
_OK = 200
_NOT_MODIFIED = 304
_CLIENT_LEFT = 499
_SERVER_FAULT = 500
_UNMATCHED = "(none)"
_CONSOLE = "(console)"

_STANDARD_HEADERS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"cache-control", b"no-store, no-cache, must-revalidate"),
    (b"x-content-type-options", b"nosniff"),
]
# What is told as it happens must not wait in a proxy until there is more of it.
_UNBUFFERED = (b"x-accel-buffering", b"no")
_PREFLIGHT_HEADERS: Headers = [
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, DELETE, OPTIONS"),
    (
        b"access-control-allow-headers",
        (
            b"Authorization, X-API-Key, Content-Type, Content-Encoding, Accept, User-Agent, "
            b"X-Request-Id, If-None-Match, Last-Event-ID"
        ),
    ),
    (b"access-control-max-age", b"86400"),
]

_encoder = msgspec.json.Encoder()


class RequestLimits(msgspec.Struct, frozen=True):
    """How large and how slow a body may be, and how much may be under way at once."""

    body_bytes_max: int
    body_seconds_max: float
    bodies_in_flight_max: int
    requests_in_flight_max: int


class RequestCounts(Protocol):
    """Counts requests."""

    def request_done(self, *, method: str, path: str, status: int, seconds: float) -> None:
        """One request was answered; ``path`` is that of its route."""
        ...


class _Endpoint:
    def __init__(self, route: Route[Any, Any]) -> None:
        self.route = route
        self.console_call = console_call(route)
        self.decode = route.decode
        if self.decode is None and route.request_type is not None:
            self.decode = partial(decode, msgspec.json.Decoder(route.request_type))
        self.decode_query = None
        if route.query_type is not None:
            self.decode_query = query_decoder(route.query_type, lenient=route.query_lenient)
        if self.decode is not None and self.decode_query is not None:
            raise ValueError(f"{route.method} {route.path} has a query and a body")


class Application:
    """Answers requests by its routes. Every answer but 200 has the error shape."""

    def __init__(
        self,
        routes: Iterable[Route[Any, Any]],
        *,
        site: ConsoleSite,
        counts: RequestCounts,
        attempts: AttemptNotes,
        trusted_proxies: Sequence[Network],
        base_path: str,
        limits: RequestLimits,
        log_requests: bool,
    ) -> None:
        self._endpoints: dict[str, dict[str, _Endpoint]] = {}
        for route in routes:
            methods = self._endpoints.setdefault(route.path, {})
            if route.method in methods:
                raise ValueError(f"{route.method} {route.path} is routed twice")
            methods[route.method] = _Endpoint(route)
            if route.method == "GET":
                methods["HEAD"] = methods["GET"]
        self._open_paths = PathTree({p: m for p, m in self._endpoints.items() if "{" in p})
        self._site = site
        self._stopping = asyncio.Event()
        self._counts = counts
        self._attempts = attempts
        self._trusted_proxies = trusted_proxies
        self._base_path = base_path.rstrip("/")
        self._limits = limits
        self._log_requests = log_requests
        self.in_flight = 0
        self.bodies_in_flight = 0

    def stop_streams(self) -> None:
        """End the answers that would go on for as long as their callers stay."""
        self._stopping.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification; HTTP only."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1000})
            return
        began = time.perf_counter()
        request = self._request(scope)
        status, path = _SERVER_FAULT, _UNMATCHED
        try:
            status, path = await self._serve(request, receive, send)
        except ClientDisconnected:
            status = _CLIENT_LEFT
        finally:
            seconds = time.perf_counter() - began
            self._counts.request_done(
                method=request.method, path=path, status=status, seconds=seconds
            )
            if self._log_requests:
                logger.info(
                    "request",
                    request_id=request.request_id,
                    method=request.method,
                    path=path if path != _UNMATCHED else request.path[:200],
                    status=status,
                    milliseconds=round(seconds * 1000, 2),
                )

    def _request(self, scope: Scope) -> Request:
        headers = scope["headers"]
        peer = scope.get("client")
        request = Request(
            method=scope["method"],
            path=scope["path"],
            headers=headers,
            address=peer[0] if peer else "",
            request_id="",
            query=scope.get("query_string", b""),
        )
        request.secure = scope.get("scheme") == "https"
        given = request.header(b"x-request-id")
        request.request_id = given if _REQUEST_ID.fullmatch(given) else new_id()
        if self._trusted_proxies:
            told = ",".join(v.decode("latin-1") for k, v in headers if k == b"x-forwarded-for")
            address = client_address(request.address, told, self._trusted_proxies)
            request.forwarded = address != request.address
            request.address = address
            if request.forwarded:
                request.secure |= request.header(b"x-forwarded-proto").lower() == "https"
        return request

    async def _serve(self, request: Request, receive: Receive, send: Send) -> tuple[int, str]:
        path = _UNMATCHED
        extra: Headers = []
        auth: Auth[Any] = PUBLIC
        response: Response | Stream | Document
        try:
            if request.method == "OPTIONS":
                extra, response = list(_PREFLIGHT_HEADERS), Response(b"{}", JSON)
            elif (endpoint := self._find(request)) is not None:
                path, auth = endpoint.route.path, endpoint.route.auth
                response = await self._noted(endpoint, request, receive)
            else:
                response = self._document(request)
                path = _CONSOLE
        except MatsuriError as error:
            response = _error(error.status, error.code, error.message, error.details)
            extra = [(k.encode(), v.encode()) for k, v in error.headers.items()]
        except ClientDisconnected:
            raise
        except asyncio.CancelledError:
            # Only a stop that has waited long enough cancels requests.
            stopping = Unavailable("The server is stopping")
            response = _error(stopping.status, stopping.code, stopping.message, [])
            extra = [(k.encode(), v.encode()) for k, v in stopping.headers.items()]
        except Exception:
            logger.exception("a request failed", request_id=request.request_id, path=path)
            response = _error(
                _SERVER_FAULT,
                _INTERNAL_CODE,
                "Internal error; the server's log tells more under this request id",
                [{"request_id": request.request_id}],
            )
        if isinstance(response, Stream):
            await self._send_stream(receive, send, request, response, auth=auth)
            return _OK, path
        if isinstance(response, Document):
            await _send_document(send, request, response)
        else:
            await _send(send, request, response, extra)
        return response.status, path

    def _document(self, request: Request) -> Document:
        """What the console has where no route is."""
        document = self._site.answer(request)
        if document is None:
            raise NotFound("Not Found")
        return document

    def _find(self, request: Request) -> _Endpoint | None:
        methods = self._endpoints.get(request.path)
        if methods is None:
            path = self._tidy(request.path)
            methods = self._endpoints.get(path)
            if methods is None:
                methods, request.params = self._open_paths.find(path)
        if methods is None:
            return None
        endpoint = methods.get(request.method)
        if endpoint is None:
            allowed = ", ".join(sorted({*methods, "OPTIONS"}))
            error = Unimplemented(f"Method Not Allowed (allowed: {allowed})")
            error.headers["allow"] = allowed
            raise error
        return endpoint

    def _tidy(self, path: str) -> str:
        """The path that a sloppy one means: slashes collapsed, a prefix of the API ignored."""
        path = _SLASHES.sub("/", path)
        if self._base_path and path.startswith(f"{self._base_path}/"):
            path = path.removeprefix(self._base_path)
        begin = _API_ROOT.search(path)
        if begin is not None:
            path = path[begin.start() :]
        return path.rstrip("/") or "/"

    async def _noted(
        self, endpoint: _Endpoint, request: Request, receive: Receive
    ) -> Response | Stream:
        """The answer; what becomes of a call of the console is noted before it is sent."""
        if endpoint.console_call is None:
            return await self._answer(endpoint, request, receive)
        attempt = endpoint.console_call.attempt(request)
        calls.begin(attempt)
        status, message = _SERVER_FAULT, "Internal error"
        try:
            response = await self._answer(endpoint, request, receive)
            status, message = _OK if isinstance(response, Stream) else response.status, ""
        except MatsuriError as error:
            status, message = error.status, error.message
            raise
        except ClientDisconnected:
            status, message = _CLIENT_LEFT, "The caller left before the call was there in full"
            raise
        finally:
            await self._attempts.end(attempt, status, message)
        return response

    async def _answer(
        self, endpoint: _Endpoint, request: Request, receive: Receive
    ) -> Response | Stream:
        route = endpoint.route
        caller = await route.auth.resolve(request)
        message = None
        if endpoint.decode_query is not None:
            message = endpoint.decode_query(request.query)
        if endpoint.decode is not None:
            body = await self._body(receive)
            encoding = request.header(b"content-encoding")
            if encoding:
                body = unpack(body, encoding, bytes_max=self._limits.body_bytes_max)
            message = endpoint.decode(body)
        # Health checks are answered however much there is to do: they decide on restarts.
        is_check = endpoint.decode is None and not route.auth.schemes
        if self.in_flight >= self._limits.requests_in_flight_max and not is_check:
            raise Unavailable("Too many requests are under way")
        self.in_flight += 1
        try:
            answer = await route.handler(request, caller, message)
        finally:
            self.in_flight -= 1
        if endpoint.console_call is not None:
            endpoint.console_call.answered(answer)
        if isinstance(answer, Response | Stream):
            return answer
        return Response(_encoder.encode(answer), JSON)

    async def _body(self, receive: Receive) -> bytes:
        """The body, which may take its time; slow ones have a limit of their own."""
        if self.bodies_in_flight >= self._limits.bodies_in_flight_max:
            raise Unavailable("Too many request bodies are on their way")
        self.bodies_in_flight += 1
        try:
            return await read_body(
                receive,
                bytes_max=self._limits.body_bytes_max,
                seconds_max=self._limits.body_seconds_max,
            )
        finally:
            self.bodies_in_flight -= 1

    async def _send_stream(
        self,
        receive: Receive,
        send: Send,
        request: Request,
        stream: Stream,
        *,
        auth: Auth[Any],
    ) -> None:
        """Send the pieces until there are no more, the caller goes, or the server stops.

        A stream of events, which has no end of its own, ends with the caller's right to it.
        """
        headers = _headers(request, stream.content_type)
        if stream.content_type == EVENT_STREAM:
            headers.append(_UNBUFFERED)
        await send({"type": "http.response.start", "status": _OK, "headers": headers})
        if request.method == "HEAD":
            await send({"type": "http.response.body", "body": b""})
            return

        waits = [_forward(send, stream), _gone(receive), self._stopping.wait()]
        if stream.content_type == EVENT_STREAM and auth.schemes:
            waits.append(until_revoked(auth, request))
        tasks = [asyncio.create_task(wait) for wait in waits]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            # It was left between two pieces if it was the sending that was cancelled.
            if isinstance(stream.pieces, AsyncGenerator):
                await stream.pieces.aclose()
        if isinstance(results[0], Exception):
            logger.error("a stream failed", request_id=request.request_id, error=repr(results[0]))
        await send({"type": "http.response.body", "body": b""})


async def _forward(send: Send, stream: Stream) -> None:
    async for piece in stream.pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _error(status: int, code: int, message: str, details: list[dict[str, Any]]) -> Response:
    body = _encoder.encode(ErrorMessage(code=code, message=message, details=details))
    return Response(body, JSON, status)


def _headers(request: Request, content_type: str) -> Headers:
    return [
        (b"content-type", content_type.encode()),
        (b"x-request-id", request.request_id.encode()),
        *_STANDARD_HEADERS,
    ]


async def _send(send: Send, request: Request, response: Response, extra: Headers) -> None:
    body = response.body
    headers = [*_headers(request, response.content_type), *response.headers, *extra]
    if len(body) >= _GZIP_BYTES_MIN:
        headers.append((b"vary", b"Accept-Encoding"))
        accepted = request.header(b"accept-encoding")
        if accepted and accepts_gzip(accepted):
            body = gzip.compress(body, compresslevel=5, mtime=0)
            headers.append((b"content-encoding", b"gzip"))
    await _send_whole(send, request, response.status, headers, body)


async def _send_document(send: Send, request: Request, document: Document) -> None:
    headers = [(b"x-request-id", request.request_id.encode()), *document.headers]
    await _send_whole(send, request, document.status, headers, document.body)


async def _send_whole(
    send: Send, request: Request, status: int, headers: Headers, body: bytes
) -> None:
    if status != _NOT_MODIFIED:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send(
        {
            "type": "http.response.body",
            "body": b"" if request.method == "HEAD" else body,
        }
    )
