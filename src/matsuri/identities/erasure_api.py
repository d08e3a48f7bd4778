"""Erasing players, and the receipts of it: ``/v1/console/erasure…``."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.errors import invalid_field
from matsuri.identities.erasure_model import Erasure, Receipt, State
from matsuri.identities.erasures import Erasures
from matsuri.identities.sign_receipt import read_receipt
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.paging import Cursor, page_from_store
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.lists import CURSOR_FIELD, PageOptions, PageQuery, cursor_of, page_options
from matsuri.web.routes import Request, Route

_TAG = "Erasure"


class EraseMessage(msgspec.Struct, frozen=True):
    """The erasure that was begun."""

    erasure_id: str


class ErasureMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """One erasure.

    ``state`` is `requested`, then `removed` when no question finds anything of the player any
    more, then `scrubbed` when files were searched for what is left. ``receipt`` is there from
    then on, and ``signed_receipt`` is the same, signed (JWS, compact form, Ed25519).
    """

    id: str
    state: State
    requested_by: str
    request_time_sec: Annotated[str, Meta(description="Seconds since the epoch, as text.")]
    identity_digest: Annotated[
        str, Meta(description="SHA-256 of the salt's bytes followed by the identity id, in hex.")
    ]
    salt: Annotated[str, Meta(description="In hex.")]
    receipt: Receipt | None = None
    signed_receipt: str = ""


class ErasureListMessage(msgspec.Struct, frozen=True):
    """A page of erasures, the latest first."""

    erasures: list[ErasureMessage]
    page_options: PageOptions


class ErasureKeyMessage(msgspec.Struct, frozen=True):
    """The public key of receipts: a JWK (RFC 8037)."""

    kty: str
    crv: str
    x: str


class ErasureQuery(PageQuery, frozen=True, kw_only=True):
    """Which page of the erasures."""


def routes(erasures: Erasures, *, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    """The endpoints of erasing."""

    async def erase(request: Request, caller: ConsoleCaller, _body: None) -> EraseMessage:
        kind = "server key" if caller.is_key else "console user"
        erasure_id = await erasures.erase(
            request.params["id"], requested_by=f"{kind} {caller.name}"
        )
        return EraseMessage(erasure_id)

    async def get(request: Request, _caller: ConsoleCaller, _body: None) -> ErasureMessage:
        return _message(*await erasures.find(request.params["id"]))

    async def list_all(
        _request: Request, _caller: ConsoleCaller, query: ErasureQuery
    ) -> ErasureListMessage:
        cursor = cursor_of(query)
        if cursor is not None and not _is_of_erasures(cursor):
            raise invalid_field(CURSOR_FIELD, "is a cursor of another list")
        found = await erasures.latest(limit=query.limit + 1, cursor=cursor)
        page = page_from_store(
            found, key=lambda each: (each[0].id,), limit=query.limit, cursor=cursor
        )
        return ErasureListMessage([_message(*each) for each in page.items], page_options(page))

    async def key(_request: Request, _caller: ConsoleCaller, _body: None) -> ErasureKeyMessage:
        return ErasureKeyMessage(**erasures.public_key)

    may_read = console_may(Entity.IDENTITY, Action.READ)
    return [
        Route(
            method="DELETE",
            path="/v1/console/identity/{id}",
            auth=console_may(Entity.IDENTITY, Action.DELETE),
            handler=erase,
            response_type=EraseMessage,
            operation="console_erase_identity",
            summary="Erase a player",
            description=(
                "No token of the player works any more when this answers. The rest follows within "
                "seconds; the erasure tells how far it has come."
            ),
            tag=_TAG,
        ),
        Route(
            method="GET",
            path="/v1/console/erasure",
            auth=may_read,
            handler=list_all,
            query_type=ErasureQuery,
            response_type=ErasureListMessage,
            operation="console_list_erasures",
            summary="Erasures and their receipts",
            tag=_TAG,
        ),
        Route(
            method="GET",
            path="/v1/console/erasure/key",
            auth=may_read,
            handler=key,
            response_type=ErasureKeyMessage,
            operation="console_erasure_key",
            summary="The public key of receipts",
            tag=_TAG,
        ),
        Route(
            method="GET",
            path="/v1/console/erasure/{id}",
            auth=may_read,
            handler=get,
            response_type=ErasureMessage,
            operation="console_get_erasure",
            summary="One erasure and its receipt",
            tag=_TAG,
        ),
    ]


def _is_of_erasures(cursor: Cursor) -> bool:
    return len(cursor.key) == 1 and isinstance(cursor.key[0], str)


def _message(erasure: Erasure, state: State) -> ErasureMessage:
    return ErasureMessage(
        id=erasure.id,
        state=state,
        requested_by=erasure.requested_by,
        request_time_sec=str(erasure.requested_us // MICROSECONDS),
        identity_digest=erasure.identity_digest.hex(),
        salt=erasure.salt.hex(),
        receipt=read_receipt(erasure.receipt) if erasure.receipt else None,
        signed_receipt=erasure.receipt,
    )
