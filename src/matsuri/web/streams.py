"""Answers that come piece by piece."""

from collections.abc import AsyncGenerator


async def begun(pieces: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The same pieces, at least one, of which the first is there already.

    What fails at once so fails before the answer has begun, when the caller can still be told.
    """
    first = await anext(pieces)

    async def go_on() -> AsyncGenerator[bytes, None]:
        try:
            yield first
            async for piece in pieces:
                yield piece
        finally:
            await pieces.aclose()

    return go_on()
