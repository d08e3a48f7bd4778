"""Whether who holds an answer open may still have it."""

import asyncio
from typing import Any

from matsuri.errors import MatsuriError, PermissionDenied, Unauthenticated
from matsuri.web.routes import Auth, Request

_LOOK_SECONDS = 1.0


async def until_revoked(auth: Auth[Any], request: Request) -> None:
    """Return once the caller of ``request`` would not be let in any more.

    That is looked at every second: keys are disabled, sessions end, permissions are taken away.
    """
    while True:
        await asyncio.sleep(_LOOK_SECONDS)
        try:
            await auth.resolve(request)
        except (Unauthenticated, PermissionDenied):
            return
        except MatsuriError:
            # A store that does not answer tells nothing of the caller.
            continue
