"""Reads all definitions from a running server."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from matsuri.codegen.catalog import Catalog, CatalogUnreadable, tidied
from matsuri.console_client import ConsoleClient

_PAGE_ITEMS = "100"
# Where the console API has each list, by the name that it has in its answer and in the catalog.
_PATHS: Mapping[str, tuple[str, ...]] = {
    "flags": ("flag",),
    "events": ("taxonomy", "event"),
    "properties": ("taxonomy", "property"),
    "validators": ("taxonomy", "validator"),
    "experiments": ("experiment",),
    "live_events": ("live-event",),
}


def read_catalog(client: ConsoleClient) -> Catalog:
    """What the server has, tidied.

    Raises as ``ConsoleClient.call``, and ``CatalogUnreadable`` for answers of another shape.
    """
    told = {plural: list(_items(client, plural, path)) for plural, path in _PATHS.items()}
    try:
        return tidied(msgspec.convert(told, type=Catalog))
    except msgspec.ValidationError as error:
        raise CatalogUnreadable(
            f"this server's definitions are of another shape: {error}"
        ) from None


def _items(client: ConsoleClient, plural: str, path: tuple[str, ...]) -> Iterator[Any]:
    cursor = ""
    while True:
        query = {
            "pagination.limit": _PAGE_ITEMS,
            **({"pagination.cursor": cursor} if cursor else {}),
        }
        page = client.call("GET", *path, query=query)
        yield from page.get(plural, ())
        cursor = page.get("page_options", {}).get("next_cursor", "")
        if not cursor:
            return
