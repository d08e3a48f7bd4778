"""The ceiling: an ASGI handler that only reads, verifies the token and decodes the events.

It answers ``{}``, or what the file has that the variable ``BARE_ANSWER`` names.
"""

import base64
import hmac
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import msgspec
import uvicorn

from matsuri.events.wire import EventRequest
from matsuri.identities.tokens import Claims

Message = MutableMapping[str, Any]


def bare(signing_key: str, answer: bytes = b"{}") -> Callable[..., Awaitable[None]]:
    key = signing_key.encode()
    claims_decoder = msgspec.json.Decoder(Claims)
    decoder = msgspec.json.Decoder(EventRequest)
    length = str(len(answer)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", length)]

    def verify(token: bytes) -> Claims:
        signed, _, signature = token.rpartition(b".")
        digest = base64.urlsafe_b64encode(hmac.digest(key, signed, "sha256")).rstrip(b"=")
        if not hmac.compare_digest(digest, signature):
            raise ValueError("the token is not ours")
        payload = signed.partition(b".")[2]
        return claims_decoder.decode(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))

    async def app(
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        for name, value in scope["headers"]:
            if name == b"authorization":
                verify(value[len("Bearer ") :])
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        if body:
            decoder.decode(body)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return app


if __name__ == "__main__":
    named = os.environ.get("BARE_ANSWER")
    uvicorn.run(
        bare(os.environ["MATSURI_SIGNING_KEY"], Path(named).read_bytes() if named else b"{}"),
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
