"""Flags for whoever an evaluation context means: a player as stored, changed by it, or unknown."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, NamedTuple

import msgspec

from matsuri.errors import Unavailable
from matsuri.events.taxonomy import Taxonomy
from matsuri.flags.answers import Answer
from matsuri.flags.evaluation import ErrorCode
from matsuri.flags.evaluation_context import (
    TARGETING_KEY,
    Context,
    ContextLimits,
    ContextProblem,
    context_of,
    laid_over,
    nobody_known,
)
from matsuri.flags.service import PlayerFlags
from matsuri.identities.model import is_identity_id
from matsuri.identities.sessions import Player
from matsuri.kit.clock import Clock


class Evaluated(NamedTuple):
    """An answer, and what tells of another one: see ``stream_tokens.Watched``."""

    answer: Answer
    identity_key: int = 0
    with_context: bool = False
    identity_id: str = ""


class ContextFlags:
    """Resolves flags for contexts. ``key_of`` finds the key of an identity id; 0 for none."""

    def __init__(
        self,
        *,
        flags: PlayerFlags,
        key_of: Callable[[str], Awaitable[int]],
        taxonomy: Callable[[], Taxonomy],
        clock: Clock,
        limits: ContextLimits,
    ) -> None:
        self._flags = flags
        self._key_of = key_of
        self._taxonomy = taxonomy
        self._clock = clock
        self._limits = limits

    async def evaluate(
        self,
        player: Player | None,
        given: Mapping[str, Any],
        names: Collection[str] | None = None,
    ) -> Evaluated:
        """What the player has, or whoever the context means where an API key asks.

        The caller is going to be told of the flags of these names, or of all of them.
        Raises ``ContextProblem`` and ``Unavailable``.
        """
        context = context_of(given, self._taxonomy(), self._limits)
        if player is not None:
            if context.targeting_key not in {"", player.identity_id}:
                raise ContextProblem(
                    ErrorCode.INVALID_CONTEXT,
                    f"{TARGETING_KEY} is not the identity of the session token",
                )
            return await self._of(player.identity_key, player.identity_id, context, names)
        if context.targeting_key:
            key = await self._key_of(context.targeting_key)
            return await self._of(key, context.targeting_key, context, names)
        if context.has_attributes:
            # A percentage of players has no place for nobody: attributes alone decide nothing.
            raise ContextProblem(
                ErrorCode.TARGETING_KEY_MISSING, f"Attributes need a {TARGETING_KEY} beside them"
            )
        return Evaluated(self._flags.defaults())

    async def _of(
        self,
        identity_key: int,
        targeting_key: str,
        context: Context,
        names: Collection[str] | None,
    ) -> Evaluated:
        delivers = None if names is None else lambda _answer: names
        if identity_key and context.changes_nothing:
            return Evaluated(await self._flags.read(identity_key, delivers), identity_key)
        try:
            if identity_key:
                answer = await self._flags.resolve_as(
                    identity_key, lambda target: laid_over(target, context), names
                )
            else:
                target = msgspec.structs.replace(
                    nobody_known(targeting_key, self._clock.now_us()),
                    entries=await self._flags.entries_of(targeting_key),
                )
                answer = self._flags.resolve(laid_over(target, context))
        except Unavailable:
            if not self._flags.default_when_unavailable:
                raise
            return Evaluated(self._flags.defaults())
        awaited = targeting_key if not identity_key and is_identity_id(targeting_key) else ""
        return Evaluated(answer, identity_key, with_context=True, identity_id=awaited)
