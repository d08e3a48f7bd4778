"""Places by IP address, from a MaxMind DB file (https://maxmind.github.io/MaxMind-DB/)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import maxminddb

from matsuri.identities.properties import NOWHERE, Place


class NoPlaces:
    """Knows no place: what a server without a geo file has."""

    def locate(self, address: str) -> Place:  # noqa: ARG002 # the protocol's argument
        """Nowhere."""
        return NOWHERE


class GeoFile:
    """A country or city database: nested records as MaxMind's, or flat ones as DB-IP's."""

    def __init__(self, path: Path) -> None:
        """Open ``path``; raises ``OSError`` or ``ValueError`` where it is no such file."""
        try:
            self._reader = maxminddb.open_database(str(path), maxminddb.MODE_AUTO)
        except maxminddb.InvalidDatabaseError as error:
            raise ValueError(f"{path} is no MaxMind DB file") from error

    def locate(self, address: str) -> Place:
        """The place of ``address``; nowhere for what is no address or not in the file."""
        try:
            record = self._reader.get(address)
        except (ValueError, maxminddb.InvalidDatabaseError):
            return NOWHERE
        return place_of(record) if isinstance(record, dict) else NOWHERE

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()


def place_of(record: Mapping[str, Any]) -> Place:
    """The place that a record tells, whichever of the two forms it has."""
    subdivisions = record.get("subdivisions")
    divisions = subdivisions if isinstance(subdivisions, list) else []
    first = _mapping(divisions[0]) if divisions else {}
    second = _mapping(divisions[1]) if len(divisions) > 1 else {}
    country = _text(_mapping(record.get("country")).get("iso_code")) or _text(
        record.get("country_code")
    )
    city = record.get("city")
    return Place(
        country_code=country,
        region=_text(first.get("iso_code")) or _text(record.get("region")),
        sub_region=_text(second.get("iso_code")),
        state=_name(first) or _text(record.get("state1")),
        city=_name(city) if isinstance(city, dict) else _text(city),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _name(place: Mapping[str, Any]) -> str:
    return _text(_mapping(place.get("names")).get("en"))
