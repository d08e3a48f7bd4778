"""The ceiling: an ASGI handler that only reads, verifies the token and decodes the events."""

import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
import uvicorn

from matsuri.events.client_api import EventRequest
from matsuri.identities.tokens import Claims, TokenSigner

Message = MutableMapping[str, Any]


def bare(signing_key: str) -> Callable[..., Awaitable[None]]:
    signer = TokenSigner(signing_key)
    verified: dict[str, Claims] = {}
    decoder = msgspec.json.Decoder(EventRequest)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]

    async def app(
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        token = ""
        for name, value in scope["headers"]:
            if name == b"authorization":
                token = value[7:].decode()
        if token and token not in verified:
            verified[token] = signer.verify(token)
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        if body:
            decoder.decode(body)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    return app


if __name__ == "__main__":
    uvicorn.run(
        bare(os.environ["MATSURI_SIGNING_KEY"]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
    )
