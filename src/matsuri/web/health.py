"""``/healthcheck``, ``/readycheck`` and the pages of the server itself."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from matsuri.errors import Unavailable
from matsuri.web.messages import EMPTY, Empty
from matsuri.web.routes import PUBLIC, Request, Response, Route

_TAG = "Health"


def routes(problems: Callable[[], Awaitable[list[str]]]) -> list[Route[Any, Any]]:
    """The endpoints for load balancers and people; ``problems`` says why not to serve."""

    async def healthcheck(_request: Request, _caller: None, _body: None) -> Empty:
        return EMPTY

    async def readycheck(_request: Request, _caller: None, _body: None) -> Empty:
        found = await problems()
        if found:
            raise Unavailable("Not ready: " + "; ".join(found))
        return EMPTY

    return [
        Route(
            method="GET",
            path="/healthcheck",
            auth=PUBLIC,
            handler=healthcheck,
            response_type=Empty,
            operation="healthcheck",
            summary="The process lives",
            tag=_TAG,
        ),
        Route(
            method="GET",
            path="/readycheck",
            auth=PUBLIC,
            handler=readycheck,
            response_type=Empty,
            operation="readycheck",
            summary="The server can serve",
            description="503 while migrations are missing or a store does not answer.",
            tag=_TAG,
        ),
    ]


def documents(pages: Mapping[str, Response]) -> list[Route[Any, Any]]:
    """Routes for fixed documents, by their paths."""

    def page(document: Response) -> Callable[..., Awaitable[Response]]:
        async def serve(_request: Request, _caller: None, _body: None) -> Response:
            return document

        return serve

    return [
        Route(
            method="GET",
            path=path,
            auth=PUBLIC,
            handler=page(document),
            operation=path,
            summary="A document",
            tag=_TAG,
            documented=False,
        )
        for path, document in pages.items()
    ]
