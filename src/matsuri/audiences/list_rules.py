"""What every change of a list keeps to."""

from collections.abc import Mapping
from typing import Any

import msgspec

from matsuri.audiences.model import AUDIENCE_KIND, AudienceDefinition
from matsuri.definitions.model import Definition
from matsuri.definitions.service import Definitions
from matsuri.errors import PermissionDenied

IDS_NOTED_MAX = 50
"""How many of the ids of a change are noted down."""


class ListLimits(msgspec.Struct, frozen=True):
    """How many ids a request may name and a list may have, and how long changes are kept."""

    ids_max: int
    entries_max: int
    changes_seconds_max: int


class ListResult(msgspec.Struct, frozen=True):
    """What a change did: how many ids came, got another end, and went; and how many there are."""

    added: int
    changed: int
    removed: int
    count: int


def changeable_audience(
    definitions: Definitions, ref: str, *, is_key: bool
) -> Definition[AudienceDefinition]:
    """The audience whose lists are to be changed; ``is_key`` says that a server key asks.

    Raises ``NotFound``, and ``PermissionDenied`` for a person who changes a managed audience.
    """
    audience: Definition[AudienceDefinition] = definitions.get(AUDIENCE_KIND, ref)
    if audience.body.managed and not is_key:
        raise PermissionDenied(
            f"audience {audience.name!r} is managed: other tools change its lists, with a "
            "server key"
        )
    return audience


def refuse_switch(body: AudienceDefinition, fields: Mapping[str, Any], *, is_key: bool) -> None:
    """Raise ``PermissionDenied`` for a person who makes an audience managed, or no longer so.

    Otherwise people could change the lists of a managed audience after all.
    """
    if not is_key and fields.get("managed", body.managed) != body.managed:
        raise PermissionDenied(
            "managed: whether other tools change the lists of an audience can be changed with a "
            "server key only"
        )
