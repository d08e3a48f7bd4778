"""Flags as the console API takes and tells them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.audiences.model import AUDIENCE_KIND
from matsuri.definitions.search import Search
from matsuri.errors import invalid_field
from matsuri.flags.kinds import DESCRIPTION_CHARS_MAX, VARIANT_NAME_ALLOWED
from matsuri.flags.model import FlagDefinition, ScheduledChange, Variant
from matsuri.flags.values import ValueType, value_text, value_type
from matsuri.kit.clock import MICROSECONDS
from matsuri.web.definitions import DefinitionMessage, DefinitionRequest, Labels, SearchQuery
from matsuri.web.lists import PageOptions
from matsuri.web.messages import int64

_LIST_ITEMS_MAX = 1000

Description = Annotated[
    str, Meta(description=f"What it is, for people; at most {DESCRIPTION_CHARS_MAX} characters.")
]
GivenValue = Annotated[
    Any, Meta(description="A text, or any other JSON value; null leaves it as it is.")
]
WireValue = Annotated[
    str, Meta(description="As games get it: a text, or the JSON text of any other value.")
]
Validator = Annotated[
    str, Meta(max_length=64, description="What every value must fit; empty for none.")
]
Enabled = Annotated[bool, Meta(description="If not, everybody has the default value.")]
Audiences = Annotated[
    list[str],
    Meta(
        max_length=_LIST_ITEMS_MAX,
        description="Names of audiences whose players have it; none for everybody.",
    ),
]
RolloutPercent = Annotated[float, Meta(description="How many of them have it: 0 to 100.")]
TimeSec = Annotated[str, Meta(description="Seconds since the epoch, as text.")]


class VariantRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Another value of a flag. What is left out stays as it is, or is empty for a new one."""

    name: Annotated[str, Meta(description=f"{VARIANT_NAME_ALLOWED}.")] | None = None
    value: GivenValue = None
    audiences: Audiences | None = None
    rollout_percent: RolloutPercent | None = None
    description: Description | None = None


VariantRequests = Annotated[
    list[VariantRequest],
    Meta(
        max_length=_LIST_ITEMS_MAX,
        description="The first one that a player is in goes before the others.",
    ),
]


class ScheduledChangeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a flag will be from a time to come; what is left out stays as it is then."""

    at_time_sec: Annotated[str | int, Meta(description="Seconds since the epoch.")] | None = None
    value: GivenValue = None
    enabled: Enabled | None = None
    variants: VariantRequests | None = None


class FlagDefinitionRequest(DefinitionRequest, frozen=True, kw_only=True):
    """What a studio declares of a flag."""

    description: Description | None = None
    labels: Labels | None = None
    value: GivenValue = None
    validator: Validator | None = None
    enabled: Enabled | None = None
    variants: VariantRequests | None = None
    schedule: (
        Annotated[
            list[ScheduledChangeRequest],
            Meta(max_length=_LIST_ITEMS_MAX, description="In the order of their times."),
        ]
        | None
    ) = None


class VariantMessage(msgspec.Struct, frozen=True, kw_only=True):
    """Another value of a flag."""

    name: str
    value: WireValue
    value_type: ValueType
    audiences: Sequence[str]
    rollout_percent: RolloutPercent
    description: str


class ScheduledChangeMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a flag will be from a time on; what is missing stays as it is then."""

    at_time_sec: TimeSec
    value: WireValue | None = None
    value_type: ValueType | None = None
    enabled: Enabled | None = None
    variants: list[VariantMessage] | None = None


class FlagDefinitionMessage(DefinitionMessage, frozen=True, kw_only=True):
    """A flag as it is now; its ``schedule`` has what is still to come."""

    description: str
    labels: list[str]
    value: WireValue
    value_type: ValueType
    validator: str
    enabled: Enabled
    variants: list[VariantMessage]
    schedule: list[ScheduledChangeMessage]


class FlagDefinitionList(msgspec.Struct, frozen=True):
    """A page of flags, by name."""

    flags: list[FlagDefinitionMessage]
    page_options: PageOptions


class FlagQuery(SearchQuery, frozen=True, kw_only=True):
    """Which flags, and which page of them."""

    audiences: Annotated[
        list[str], Meta(description="With a variant for at least one of these audiences.")
    ] = msgspec.field(name="search.audience_name.or", default_factory=list)

    def search(self) -> Search:
        """What is looked for."""
        return msgspec.structs.replace(
            super().search(),
            refers_to=frozenset((AUDIENCE_KIND, name) for name in self.audiences),
        )


class AddVariantRequest(VariantRequest, frozen=True, kw_only=True):
    """A new variant; ``position`` 0 is before all others, without one it comes last."""

    position: Annotated[int, Meta(ge=0)] | None = None
    version: str | int | None = None
    note: str | None = None


class ChangeVariantRequest(VariantRequest, frozen=True, kw_only=True):
    """What changes of a variant."""

    version: str | int | None = None
    note: str | None = None


class VariantOrderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The names of all variants in their new order."""

    names: list[str] | None = None
    version: str | int | None = None
    note: str | None = None


def given_fields(fields: Mapping[str, Any], *, now_us: int) -> dict[str, Any]:
    """The fields of a flag's body as a request has them, as the body has them.

    Raises ``InvalidArgument``, also for a scheduled change that is not to come after ``now_us``.
    """
    given = dict(fields)
    if "value" in given:
        given["value"] = value_text(given["value"], "value")
    if "variants" in given:
        given["variants"] = _variants(given["variants"], "variants")
    if "schedule" in given:
        given["schedule"] = tuple(
            _change(each, f"schedule[{index}]", now_us)
            for index, each in enumerate(given["schedule"])
        )
    return given


def changed_variant(variant: Variant, request: VariantRequest, field: str) -> Variant:
    """A variant with what a request gives of it; raises ``InvalidArgument``."""
    given: dict[str, Any] = {
        name: getattr(request, name)
        for name in VariantRequest.__struct_fields__
        if getattr(request, name) is not None
    }
    if "value" in given:
        given["value"] = value_text(given["value"], f"{field}.value" if field else "value")
    if "audiences" in given:
        given["audiences"] = tuple(given["audiences"])
    return msgspec.structs.replace(variant, **given)


def flag_fields(body: FlagDefinition) -> dict[str, Any]:
    """What a message tells otherwise than a body does."""
    return {
        "value": body.value,
        "value_type": value_type(body.value),
        "enabled": body.enabled,
        "variants": [_variant_message(each) for each in body.variants],
        "schedule": [_change_message(each) for each in body.schedule],
    }


def _variants(requests: Sequence[VariantRequest], field: str) -> tuple[Variant, ...]:
    return tuple(
        changed_variant(Variant(name=""), each, f"{field}[{index}]")
        for index, each in enumerate(requests)
    )


def _change(request: ScheduledChangeRequest, field: str, now_us: int) -> ScheduledChange:
    place = f"{field}.at_time_sec"
    at_time_sec = int64(request.at_time_sec, place)
    if request.at_time_sec is not None and at_time_sec * MICROSECONDS <= now_us:
        raise invalid_field(place, "is not to come", "seconds since the epoch, after now")
    return ScheduledChange(
        at_time_sec=at_time_sec,
        value=None if request.value is None else value_text(request.value, f"{field}.value"),
        enabled=request.enabled,
        variants=None
        if request.variants is None
        else _variants(request.variants, f"{field}.variants"),
    )


def _variant_message(variant: Variant) -> VariantMessage:
    return VariantMessage(
        name=variant.name,
        value=variant.value,
        value_type=value_type(variant.value),
        audiences=variant.audiences,
        rollout_percent=variant.rollout_percent,
        description=variant.description,
    )


def _change_message(change: ScheduledChange) -> ScheduledChangeMessage:
    return ScheduledChangeMessage(
        at_time_sec=str(change.at_time_sec),
        value=change.value,
        value_type=None if change.value is None else value_type(change.value),
        enabled=change.enabled,
        variants=None
        if change.variants is None
        else [_variant_message(each) for each in change.variants],
    )
