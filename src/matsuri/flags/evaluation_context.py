"""What an evaluation context says of a player. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from matsuri.audiences.model import Target
from matsuri.events.taxonomy import Taxonomy, ValueType
from matsuri.flags.evaluation import ErrorCode
from matsuri.identities.properties import SERVER_OWNED
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.numbers import parse_number
from matsuri.kit.texts import as_texts

TARGETING_KEY = "targetingKey"


class ContextLimits(msgspec.Struct, frozen=True):
    """How large a context may be."""

    attributes_max: int
    value_chars_max: int
    targeting_key_chars_max: int = 256


class ContextProblem(Exception):
    """Why nothing can be evaluated for a context."""

    def __init__(self, code: ErrorCode, problem: str) -> None:
        super().__init__(problem)
        self.code = code
        self.problem = problem


class Context(msgspec.Struct, frozen=True):
    """Who is meant, and the properties that this evaluation shall see in place of stored ones.

    ``has_attributes`` says whether there was anything beside the targeting key, used or not.
    """

    targeting_key: str = ""
    default: Mapping[str, str] = {}
    custom: Mapping[str, str] = {}
    has_attributes: bool = False

    @property
    def changes_nothing(self) -> bool:
        """Whether stored properties are all that counts."""
        return not self.default and not self.custom


def context_of(given: Mapping[str, Any], taxonomy: Taxonomy, limits: ContextLimits) -> Context:
    """The context that a caller has given.

    An attribute stands in place of the property of its name; what is declared as no property has
    no effect, for contexts carry things that are none. Raises ``ContextProblem``.
    """
    attributes = {name: value for name, value in given.items() if name != TARGETING_KEY}
    key = given.get(TARGETING_KEY)
    if key is not None and not isinstance(key, str):
        raise _invalid(TARGETING_KEY, "is no text")
    if key and len(key) > limits.targeting_key_chars_max:
        raise _invalid(TARGETING_KEY, f"has more than {limits.targeting_key_chars_max} characters")
    if len(attributes) > limits.attributes_max:
        raise ContextProblem(
            ErrorCode.INVALID_CONTEXT, f"The context has more than {limits.attributes_max} entries"
        )
    default: dict[str, str] = {}
    custom: dict[str, str] = {}
    for name, value in _texts(attributes).items():
        if name in SERVER_OWNED:
            continue
        declared, place = taxonomy.custom_properties.get(name), custom
        if name in taxonomy.default_properties:
            declared, place = taxonomy.default_properties[name], default
        elif declared is None and not taxonomy.accept_undeclared:
            continue
        if len(value) > limits.value_chars_max:
            raise _invalid(name, f"has more than {limits.value_chars_max} characters")
        if declared is ValueType.NUMERIC and value and parse_number(value) is None:
            raise _invalid(name, "is no number")
        place[name] = value
    return Context(key or "", default, custom, has_attributes=bool(attributes))


def laid_over(target: Target, context: Context) -> Target:
    """A player with what the context says in place of what is stored."""
    return msgspec.structs.replace(
        target,
        default={**target.default, **context.default},
        custom={**target.custom, **context.custom},
    )


def nobody_known(targeting_key: str, now_us: int) -> Target:
    """A player whom the server does not know: first seen now, without any properties."""
    now_s = now_us // MICROSECONDS
    return Target(
        identity_id=targeting_key,
        sample_key=targeting_key,
        created_s=now_s,
        updated_s=now_s,
        default={},
        custom={},
        computed={},
    )


def _texts(attributes: Mapping[str, Any]) -> dict[str, str]:
    try:
        return as_texts(attributes)
    except (ValueError, RecursionError):
        raise ContextProblem(
            ErrorCode.INVALID_CONTEXT, "The context is nested too deeply"
        ) from None


def _invalid(name: str, problem: str) -> ContextProblem:
    return ContextProblem(ErrorCode.INVALID_CONTEXT, f"{name[:128]}: {problem}")
