"""Flags for OpenFeature: its remote evaluation protocol (OFREP), and its event streams.

Failures have OFREP's shape where its providers read them, which is 400 and 404. Any other error is
as everywhere.
"""

from collections.abc import Awaitable, Callable, Collection
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.errors import InvalidArgument, Unauthenticated
from matsuri.flags.change_stream import ChangeStreams
from matsuri.flags.evaluate import ContextFlags, Evaluated
from matsuri.flags.evaluation import (
    ErrorCode,
    EvaluationMessage,
    Evaluations,
    FailureMessage,
    etag_of,
)
from matsuri.flags.evaluation_context import ContextProblem
from matsuri.flags.read_counts import ReadCounts
from matsuri.flags.stream_tokens import StreamTokens, Watched
from matsuri.identities.sessions import Player
from matsuri.kit.clock import MICROSECONDS, Clock
from matsuri.web.bodies import decode
from matsuri.web.routes import EVENT_STREAM, JSON, PUBLIC, Auth, Request, Response, Route, Stream

_TAG = "OpenFeature"
_STREAM_PATH = "/ofrep/v1/stream"
_NOT_MODIFIED, _BAD_REQUEST, _NOT_FOUND = 304, 400, 404
_CONTEXT = (
    "`context.targetingKey` is an identity id. A known player is evaluated as stored; attributes "
    "that are declared as properties stand in place of the stored ones, for this evaluation only. "
    "An unknown player has nothing but the context. With a session token, the player is that of "
    "the token."
)

_encoder = msgspec.json.Encoder()


class EvaluationRequest(msgspec.Struct, frozen=True):
    """For whom to evaluate."""

    context: Annotated[
        dict[str, Any] | None,
        Meta(description="`targetingKey`, and attributes of the player."),
    ] = None


_decoder = msgspec.json.Decoder(EvaluationRequest)


class EventStreamEndpoint(msgspec.Struct, frozen=True, rename="camel"):
    """Where a stream is, on the host that was asked."""

    request_uri: str


class EventStream(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A stream that tells of changes: a ``url``, or an ``endpoint`` on the host that was asked.

    Whoever has the address can hear when the caller's flags change: keep it out of logs.
    """

    type: str
    inactivity_delay_sec: int
    url: str = ""
    endpoint: EventStreamEndpoint | msgspec.UnsetType = msgspec.UNSET


class BulkEvaluationMessage(msgspec.Struct, frozen=True, rename="camel"):
    """All flags of the caller, and where to hear of changes."""

    flags: list[EvaluationMessage]
    event_streams: list[EventStream]


class StreamQuery(msgspec.Struct, frozen=True):
    """Which stream."""

    token: Annotated[str, Meta(description="As in the address that `eventStreams` tells.")] = ""


class StreamAddress(msgspec.Struct, frozen=True):
    """``base_url`` is where clients reach the server; empty for the host that they asked."""

    base_url: str
    base_path: str
    inactivity_seconds: int

    def of(self, token: str) -> EventStream:
        """The stream with that token."""
        target = f"{self.base_path.rstrip('/')}{_STREAM_PATH}?token={token}"
        if self.base_url:
            url = self.base_url.rstrip("/") + target
            return EventStream("sse", self.inactivity_seconds, url=url)
        return EventStream(
            "sse", self.inactivity_seconds, endpoint=EventStreamEndpoint(request_uri=target)
        )


class Ofrep(msgspec.Struct, frozen=True):
    """What the endpoints need."""

    flags: ContextFlags
    evaluations: Callable[[], Evaluations]
    counts: ReadCounts
    streams: ChangeStreams
    tokens: StreamTokens
    address: StreamAddress
    clock: Clock


def routes(
    ofrep: Ofrep, *, evaluator_auth: Auth[Player | None], reader_auth: Auth[Player | None]
) -> list[Route[Any, Any]]:
    """The endpoints of OFREP."""

    async def evaluate_one(request: Request, player: Player | None, body: bytes) -> Response:
        return await _told(lambda: _one(ofrep, player, body, request.params["key"]))

    async def evaluate_all(request: Request, player: Player | None, body: bytes) -> Response:
        seen = request.header(b"if-none-match")
        return await _told(lambda: _all(ofrep, player, body, seen))

    async def stream(request: Request, _caller: None, query: StreamQuery) -> Stream:
        watched = await _watched(ofrep, request, query, reader_auth)
        told = request.header(b"last-event-id")
        return Stream(ofrep.streams.open(watched, told=told), EVENT_STREAM)

    return [
        Route(
            method="POST",
            path="/ofrep/v1/evaluate/flags/{key}",
            auth=evaluator_auth,
            handler=evaluate_one,
            request_type=EvaluationRequest,
            decode=bytes,
            response_type=EvaluationMessage,
            failure_types={_BAD_REQUEST: FailureMessage, _NOT_FOUND: FailureMessage},
            operation="ofrep_evaluate_flag",
            summary="Evaluate one flag",
            description=_CONTEXT,
            tag=_TAG,
        ),
        Route(
            method="POST",
            path="/ofrep/v1/evaluate/flags",
            auth=evaluator_auth,
            handler=evaluate_all,
            request_type=EvaluationRequest,
            decode=bytes,
            response_type=BulkEvaluationMessage,
            failure_types={_BAD_REQUEST: FailureMessage},
            operation="ofrep_evaluate_flags",
            summary="Evaluate all flags",
            description=(
                f"{_CONTEXT} `ETag` names the answer: with it in `If-None-Match`, one that is the "
                "same is 304. `eventStreams` tells where to hear of changes."
            ),
            tag=_TAG,
        ),
        Route(
            method="GET",
            path=_STREAM_PATH,
            auth=PUBLIC,
            handler=stream,
            query_type=StreamQuery,
            query_lenient=True,
            produces=EVENT_STREAM,
            operation="ofrep_stream",
            summary="Hear of changes of the caller's flags, as server-sent events",
            description=(
                "An event comes at once, unless `Last-Event-ID` names the newest one, and then for "
                "every change; it says to evaluate again. A session token in the header does "
                "instead of `token`. A comment comes when nothing happens."
            ),
            tag=_TAG,
        ),
    ]


async def _told(evaluated: Callable[[], Awaitable[Response]]) -> Response:
    """The answer, or the failure as OFREP has it."""
    try:
        return await evaluated()
    except ContextProblem as error:
        return _failure(_BAD_REQUEST, error.code, error.problem)
    except InvalidArgument as error:
        return _failure(_BAD_REQUEST, ErrorCode.PARSE_ERROR, error.message)


async def _one(ofrep: Ofrep, player: Player | None, body: bytes, key: str) -> Response:
    answer = (await _evaluated(ofrep, player, body, (key,))).answer
    if key not in answer.flags:
        return _failure(_NOT_FOUND, ErrorCode.FLAG_NOT_FOUND, "There is no such flag", key=key)
    ofrep.counts.asked((key,))
    evaluations = ofrep.evaluations()
    status = _BAD_REQUEST if evaluations.is_failure(answer, key) else 200
    return Response(evaluations.one(answer, key), JSON, status)


async def _all(ofrep: Ofrep, player: Player | None, body: bytes, seen: str) -> Response:
    evaluated = await _evaluated(ofrep, player, body)
    ofrep.counts.read_all()
    watched = Watched(
        evaluated.identity_key,
        evaluated.with_context,
        ofrep.tokens.expires_s(_now_s(ofrep)),
        evaluated.identity_id,
    )
    evaluations = ofrep.evaluations()
    etag = etag_of(evaluations.version(evaluated.answer), watched)
    # Pages of other origins may not see a header that is not named.
    headers = [(b"etag", etag.encode()), (b"access-control-expose-headers", b"ETag")]
    if etag.removeprefix("W/") in {each.strip().removeprefix("W/") for each in seen.split(",")}:
        return Response(b"", JSON, _NOT_MODIFIED, headers)
    streams = _encoder.encode([ofrep.address.of(ofrep.tokens.sign(watched))])
    flags = evaluations.bulk(evaluated.answer)
    return Response(b'{"flags":[%b],"eventStreams":%b}' % (flags, streams), JSON, headers=headers)


async def _evaluated(
    ofrep: Ofrep, player: Player | None, body: bytes, names: Collection[str] | None = None
) -> Evaluated:
    context = decode(_decoder, body).context
    return await ofrep.flags.evaluate(player, context or {}, names)


async def _watched(
    ofrep: Ofrep, request: Request, query: StreamQuery, reader_auth: Auth[Player | None]
) -> Watched:
    """Whose flags a stream is to be about; raises ``Unauthenticated``."""
    now_s = _now_s(ofrep)
    if not query.token:
        player = await reader_auth.resolve(request)
        expires_s = ofrep.tokens.expires_s(now_s)
        if player is None or player.identity_key:
            key = 0 if player is None else player.identity_key
            return Watched(key, with_context=False, expires_s=expires_s)
        return Watched(0, with_context=True, expires_s=expires_s, identity_id=player.identity_id)
    watched = ofrep.tokens.verify(query.token, now_s)
    if watched is None:
        raise Unauthenticated("The token of the stream is invalid or has expired")
    return watched


def _now_s(ofrep: Ofrep) -> int:
    return ofrep.clock.now_us() // MICROSECONDS


def _failure(status: int, code: ErrorCode, details: str, *, key: str = "") -> Response:
    body = FailureMessage(key=key, error_code=code, error_details=details)
    return Response(_encoder.encode(body), JSON, status)
