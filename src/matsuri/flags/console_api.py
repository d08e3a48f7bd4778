"""Flags and their variants in the console API: ``/v1/console/flag``."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from matsuri.definitions.model import Definition
from matsuri.definitions.service import Definitions
from matsuri.errors import NotFound, invalid_field
from matsuri.flags.compile import settled
from matsuri.flags.console_messages import (
    AddVariantRequest,
    ChangeVariantRequest,
    FlagDefinitionList,
    FlagDefinitionMessage,
    FlagDefinitionRequest,
    FlagQuery,
    VariantOrderRequest,
    changed_variant,
    flag_fields,
    given_fields,
)
from matsuri.flags.kinds import FLAG_NAME_ALLOWED
from matsuri.flags.model import FLAG_KIND, FlagDefinition, Variant
from matsuri.kit.clock import Clock
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.definitions import (
    DefinitionMessage,
    DeleteQuery,
    Resource,
    author_of,
    definition_messages,
    definition_routes,
    version_of,
)
from matsuri.web.routes import Request, Route

TAG = "Flags"
PATH = "/v1/console/flag"

Variants = Sequence[Variant]


def routes(
    definitions: Definitions, *, clock: Clock, console_may: ConsoleMay
) -> list[Route[Any, Any]]:
    """The endpoints."""

    def now(body: FlagDefinition) -> FlagDefinition:
        return settled(body, clock.now_us())

    async def extras(found: Sequence[Definition[FlagDefinition]]) -> list[Mapping[str, Any]]:
        return [flag_fields(now(each.body)) for each in found]

    resource = Resource(
        kind=FLAG_KIND,
        path=PATH,
        title="flags",
        entity=Entity.FLAG,
        request_type=FlagDefinitionRequest,
        message_type=FlagDefinitionMessage,
        list_type=FlagDefinitionList,
        description=(
            f"Name: {FLAG_NAME_ALLOWED}. A value may be any JSON value; games get a text as it "
            "is, and the JSON text of anything else."
        ),
        tag=TAG,
        extras=extras,
        query_type=FlagQuery,
        given=lambda fields: given_fields(fields, now_us=clock.now_us()),
        settled=now,
    )
    return [
        *definition_routes(resource, definitions, console_may=console_may),
        *_variant_routes(_VariantHandlers(resource, definitions, now), console_may),
    ]


class _VariantHandlers:
    """One method for each endpoint; each is a change of the flag."""

    def __init__(
        self,
        resource: Resource,
        definitions: Definitions,
        now: Callable[[FlagDefinition], FlagDefinition],
    ) -> None:
        self._resource = resource
        self._definitions = definitions
        self._now = now

    async def add(
        self, request: Request, caller: ConsoleCaller, body: AddVariantRequest
    ) -> DefinitionMessage:
        made = changed_variant(Variant(name=""), body, "")

        def change(variants: Variants) -> Variants:
            place = len(variants) if body.position is None else body.position
            return [*variants[:place], made, *variants[place:]]

        return await self._change(request, caller, change, version=body.version, note=body.note)

    async def update(
        self, request: Request, caller: ConsoleCaller, body: ChangeVariantRequest
    ) -> DefinitionMessage:
        def change(variants: Variants) -> Variants:
            place = _place(variants, request.params["variant"])
            changed = changed_variant(variants[place], body, "")
            return [*variants[:place], changed, *variants[place + 1 :]]

        return await self._change(request, caller, change, version=body.version, note=body.note)

    async def delete(
        self, request: Request, caller: ConsoleCaller, query: DeleteQuery
    ) -> DefinitionMessage:
        def change(variants: Variants) -> Variants:
            place = _place(variants, request.params["variant"])
            return [*variants[:place], *variants[place + 1 :]]

        return await self._change(request, caller, change, version=query.version, note=query.note)

    async def order(
        self, request: Request, caller: ConsoleCaller, body: VariantOrderRequest
    ) -> DefinitionMessage:
        names = body.names or []

        def change(variants: Variants) -> Variants:
            by_name = {each.name: each for each in variants}
            if sorted(names) != sorted(by_name):
                raise invalid_field("names", "must name every variant once", ", ".join(by_name))
            return [by_name[name] for name in names]

        return await self._change(request, caller, change, version=body.version, note=body.note)

    async def _change(
        self,
        request: Request,
        caller: ConsoleCaller,
        change: Callable[[Variants], Variants],
        *,
        version: str | int | None,
        note: str | None,
    ) -> DefinitionMessage:
        def changes(body: FlagDefinition) -> dict[str, Any]:
            body = self._now(body)
            return {**msgspec.structs.asdict(body), "variants": tuple(change(body.variants))}

        changed = await self._definitions.update(
            FLAG_KIND,
            request.params["id"],
            changes,
            version=version_of(version),
            author=author_of(caller, note),
        )
        (message,) = await definition_messages(self._resource, self._definitions, [changed])
        return message


def _place(variants: Variants, name: str) -> int:
    for place, variant in enumerate(variants):
        if variant.name == name:
            return place
    raise NotFound(f"There is no variant {name[:128]!r} of this flag")


def _variant_routes(handle: _VariantHandlers, console_may: ConsoleMay) -> list[Route[Any, Any]]:
    may_write = console_may(Entity.FLAG, Action.WRITE)
    one = f"{PATH}/{{id}}/variant/{{variant}}"
    return [
        Route(
            method="POST",
            path=f"{PATH}/{{id}}/variant",
            auth=may_write,
            handler=handle.add,
            request_type=AddVariantRequest,
            response_type=FlagDefinitionMessage,
            operation="console_add_flag_variant",
            summary="Add a variant to a flag",
            tag=TAG,
        ),
        Route(
            method="PUT",
            path=one,
            auth=may_write,
            handler=handle.update,
            request_type=ChangeVariantRequest,
            response_type=FlagDefinitionMessage,
            operation="console_update_flag_variant",
            summary="Change a variant of a flag, named as it is now",
            tag=TAG,
        ),
        Route(
            method="DELETE",
            path=one,
            auth=may_write,
            handler=handle.delete,
            query_type=DeleteQuery,
            response_type=FlagDefinitionMessage,
            operation="console_delete_flag_variant",
            summary="Take a variant from a flag",
            tag=TAG,
        ),
        Route(
            method="PUT",
            path=f"{PATH}/{{id}}/variant_order",
            auth=may_write,
            handler=handle.order,
            request_type=VariantOrderRequest,
            response_type=FlagDefinitionMessage,
            operation="console_order_flag_variants",
            summary="Put the variants of a flag in another order",
            tag=TAG,
        ),
    ]
