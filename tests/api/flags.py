"""Words for tests that define audiences and flags and read them."""

from typing import Any

from matsuri.audiences.model import AUDIENCE_KIND, AudienceDefinition
from matsuri.definitions.model import Definition
from matsuri.definitions.service import Author
from matsuri.events.taxonomy import (
    LABEL_KIND,
    PROPERTY_KIND,
    LabelDefinition,
    PropertyDefinition,
    ValueType,
)
from matsuri.flags.model import FLAG_KIND, FlagDefinition, Variant
from matsuri.flags.predefined import DEFAULT_FLAGS
from tests.api.running import Reply
from tests.support.in_process import InProcess, bearer

AUTHOR = Author("a test")


async def define_flag(
    server: InProcess, name: str, value: str = "off", **fields: Any
) -> Definition[Any]:
    """A flag; ``variants`` as a mapping of audience to value is short for one variant each."""
    variants = fields.pop("variants", ())
    if isinstance(variants, dict):
        variants = tuple(
            Variant(name=f"for {audience}", value=each, audiences=(audience,))
            for audience, each in variants.items()
        )
    body = FlagDefinition(value=value, variants=variants, **fields)
    return await server.node.definitions.create(FLAG_KIND, name, body, author=AUTHOR)


async def change_flag(server: InProcess, name: str, **changes: Any) -> None:
    await server.node.definitions.update(FLAG_KIND, name, changes, author=AUTHOR)


async def remove_default_flags(server: InProcess) -> None:
    """Leave only the flags that the test defines."""
    for name in DEFAULT_FLAGS:
        await server.node.definitions.delete(FLAG_KIND, name, author=AUTHOR)


async def define_audience(server: InProcess, name: str, text: str) -> Definition[Any]:
    body = AudienceDefinition(filter=text)
    return await server.node.definitions.create(AUDIENCE_KIND, name, body, author=AUTHOR)


async def define_label(server: InProcess, name: str) -> None:
    await server.node.definitions.create(LABEL_KIND, name, LabelDefinition(), author=AUTHOR)


async def define_property(
    server: InProcess, name: str, value_type: ValueType = ValueType.STRING
) -> None:
    body = PropertyDefinition(value_type=value_type)
    await server.node.definitions.create(PROPERTY_KIND, name, body, author=AUTHOR)


async def read(server: InProcess, auth: str, query: str = "") -> Reply:
    return await server.request("GET", f"/v1/flag{query}", auth=auth)


async def values(server: InProcess, token: str, query: str = "") -> dict[str, str]:
    """The values that a player reads now, by flag."""
    reply = await read(server, bearer(token), query)
    assert reply.status == 200, reply.body
    return {flag["name"]: flag["value"] for flag in reply.json["flags"]}
