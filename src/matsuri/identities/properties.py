"""Default and custom properties: which may be set, and what setting them makes. Pure."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from matsuri.errors import InvalidArgument
from matsuri.events.taxonomy import Taxonomy, ValueType
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.numbers import parse_number
from matsuri.kit.texts import NOT_STORABLE, is_storable

SERVER_OWNED = frozenset({"apiKeyName", "firstOpen"})
GEO_PROPERTIES = ("city", "countryCode", "region", "state", "subRegion")
_NAME_CHARS_MAX = 128


class PropertyLimits(msgspec.Struct, frozen=True):
    """How large a property may be, and how many an identity may have of each kind."""

    property_value_chars_max: int = 1024
    properties_max: int = 512


class Place(msgspec.Struct, frozen=True):
    """Where a client is by its address; empty texts where that is not known."""

    country_code: str = ""
    region: str = ""
    sub_region: str = ""
    state: str = ""
    city: str = ""

    def properties(self) -> dict[str, str]:
        """The default properties that say it."""
        return {
            "city": self.city,
            "countryCode": self.country_code,
            "region": self.region,
            "state": self.state,
            "subRegion": self.sub_region,
        }


NOWHERE = Place()


class Locator(Protocol):
    """Knows where an address is."""

    def locate(self, address: str) -> Place:
        """The place of an IP address; empty where that is not known."""
        ...


def first_default_properties(*, api_key: str, place: Place, created_us: int) -> dict[str, str]:
    """The default properties that the server derives for a new identity (reference, 2.3)."""
    return {
        "apiKeyName": api_key,
        **place.properties(),
        "firstOpen": str(created_us // MICROSECONDS),
    }


def merge_default(
    stored: Mapping[str, str],
    given: Mapping[str, str],
    *,
    taxonomy: Taxonomy,
    limits: PropertyLimits,
    field: str = "default",
) -> dict[str, str]:
    """``stored`` with ``given`` laid over it, key by key; raises ``InvalidArgument``.

    Properties that only the server sets may be given with the value they have.
    """
    for name, value in given.items():
        if name in SERVER_OWNED and stored.get(name) != value:
            raise _refused(f"{field}.{name}", "is set by the server and cannot be changed")
    return _merge(stored, given, taxonomy.default_properties, taxonomy, limits, field)


def merge_custom(
    stored: Mapping[str, str],
    given: Mapping[str, str],
    *,
    taxonomy: Taxonomy,
    limits: PropertyLimits,
    field: str = "custom",
) -> dict[str, str]:
    """``stored`` with ``given`` laid over it, key by key; raises ``InvalidArgument``."""
    return _merge(stored, given, taxonomy.custom_properties, taxonomy, limits, field)


def _merge(
    stored: Mapping[str, str],
    given: Mapping[str, str],
    declared: Mapping[str, ValueType],
    taxonomy: Taxonomy,
    limits: PropertyLimits,
    field: str,
) -> dict[str, str]:
    for name, value in given.items():
        kind = declared.get(name)
        shown = name[:_NAME_CHARS_MAX].encode("utf-8", "backslashreplace").decode()
        where = f"{field}.{shown}"
        if kind is None and not taxonomy.accept_undeclared:
            raise _refused(where, "is not declared in the taxonomy")
        if not name or len(name) > _NAME_CHARS_MAX or not is_storable(name):
            raise _refused(
                where, f"names have 1 to {_NAME_CHARS_MAX} characters, without {NOT_STORABLE}"
            )
        if len(value) > limits.property_value_chars_max:
            raise _refused(
                where, f"values have at most {limits.property_value_chars_max} characters"
            )
        if not is_storable(value):
            raise _refused(where, f"values must not contain {NOT_STORABLE}")
        if kind is ValueType.NUMERIC and value != "" and parse_number(value) is None:
            raise _refused(where, "takes a number, with at most 18 digits before the point")
    merged = {**stored, **given}
    # Who has more since before the limit was lowered may still change what there is.
    if len(merged) > max(limits.properties_max, len(stored)):
        raise _refused(field, f"an identity has at most {limits.properties_max} of these")
    return merged


def _refused(field: str, problem: str) -> InvalidArgument:
    return InvalidArgument(
        f"Invalid property {field}: {problem}",
        details=[{"field": field, "problem": problem}],
    )
