"""The routes of definitions, the same for every kind: list, create, read, change, delete, history.

A kind adds its own fields: a request structure beneath ``DefinitionRequest`` whose fields, all
optional, are those of the kind's body, and a message beneath ``DefinitionMessage`` with the same.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.definitions.model import Catalog, Definition, Origin, Reference, Revision
from matsuri.definitions.search import Search
from matsuri.definitions.service import Author, Definitions
from matsuri.errors import invalid_field
from matsuri.kit.clock import MICROSECONDS
from matsuri.kit.texts import NOT_STORABLE, is_storable
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.lists import PageOptions, PageQuery, cursor_of, page_options
from matsuri.web.messages import EMPTY, Empty, int64
from matsuri.web.routes import Request, Route

_USERS_SHOWN_MAX = 100
_SECONDS = "Seconds since the epoch, as text; 0 for what came with the server."

Description = Annotated[str, Meta(max_length=2000, description="What it is, for people.")]
Labels = Annotated[
    list[Annotated[str, Meta(max_length=64)]],
    Meta(max_length=32, description="Names of category labels."),
]
Note = Annotated[str, Meta(max_length=1000, description="Why, for the history.")]
Version = Annotated[
    str | int,
    Meta(description="The version that was seen last; 409 if there is another one by now."),
]


class ReferenceMessage(msgspec.Struct, frozen=True):
    """A definition that refers to another one, and the field in which it does."""

    kind: str
    name: str
    field: str


class DefinitionMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all definitions tell, whatever their kind."""

    id: str
    name: str
    version: Annotated[str, Meta(description="Changes with every change of it; as text.")]
    core: Annotated[bool, Meta(description="Whether it is predefined by Satori.")]
    pack: Annotated[str, Meta(description="The pack that it came with, if any.")] = ""
    create_time_sec: Annotated[str, Meta(description=_SECONDS)]
    update_time_sec: Annotated[str, Meta(description=_SECONDS)]
    used_by: Annotated[
        list[ReferenceMessage],
        Meta(description=f"What refers to it, the first {_USERS_SHOWN_MAX}."),
    ]
    used_by_count: int


class DefinitionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A new definition, or what is to change of one: what is left out stays as it is."""

    name: str | None = None
    version: Version | None = None
    note: Note | None = None


class ForcibleRequest(DefinitionRequest, frozen=True, kw_only=True):
    """The same of a kind whose changes may spoil something."""

    force: (
        Annotated[bool, Meta(description="Change it although that spoils something, and note it.")]
        | None
    ) = None


class SearchQuery(PageQuery, frozen=True, kw_only=True):
    """Which definitions, and which page of them. Every part that is given narrows."""

    names: Annotated[list[str], Meta(description="One of these names.")] = msgspec.field(
        name="search.name.or", default_factory=list
    )
    exact: Annotated[str, Meta(description="This name.")] = msgspec.field(
        name="search.name.exact", default=""
    )
    like: Annotated[str, Meta(description="A part of the name, in any case.")] = msgspec.field(
        name="search.name.like", default=""
    )
    any_labels: Annotated[list[str], Meta(description="At least one of these labels.")] = (
        msgspec.field(name="search.label_name.or", default_factory=list)
    )
    all_labels: Annotated[list[str], Meta(description="All of these labels.")] = msgspec.field(
        name="search.label_name.and", default_factory=list
    )

    def search(self) -> Search:
        """What is looked for."""
        return Search(
            names=frozenset(self.names),
            name=self.exact,
            like=self.like,
            any_labels=frozenset(self.any_labels),
            all_labels=frozenset(self.all_labels),
        )


class DeleteQuery(msgspec.Struct, frozen=True):
    """Which version to delete, and why."""

    version: Annotated[str, Meta(description="The version that was seen last.")] = ""
    note: Note = ""


class RevisionMessage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change. ``before`` is missing where it began, ``after`` where it was deleted."""

    version: Annotated[str, Meta(description="The version that the change made; as text.")]
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    changed_by: str
    change_time_sec: Annotated[str, Meta(description="Seconds since the epoch, as text.")]
    note: str


class RevisionList(msgspec.Struct, frozen=True):
    """A page of changes, the newest first."""

    revisions: list[RevisionMessage]
    page_options: PageOptions


Extras = Callable[[Sequence[Definition[Any]]], Awaitable[Sequence[Mapping[str, Any]]]]


@dataclass(frozen=True)
class Resource:
    """How one kind of definitions appears in the console API.

    ``list_type`` has two fields: the messages under their plural, and ``page_options``. ``extras``
    gives, for each of some definitions, the fields of its message that are not as in its body.
    ``given`` makes fields of a body of those that a request has, and may raise
    ``InvalidArgument``. ``settled`` is what a body has come to by now, before it is changed.
    ``guard`` gets a body as it is, the fields of it that are to change, and who asks; it raises
    ``PermissionDenied`` where they may not.
    """

    kind: str
    path: str
    title: str
    entity: Entity
    request_type: type[DefinitionRequest]
    message_type: type[DefinitionMessage]
    list_type: type[Any]
    description: str = ""
    tag: str = "Taxonomy"
    extras: Extras | None = None
    query_type: type[SearchQuery] = SearchQuery
    given: Callable[[dict[str, Any]], dict[str, Any]] = dict
    settled: Callable[[Any], Any] | None = None
    guard: Callable[[Any, Mapping[str, Any], ConsoleCaller], None] | None = None

    def changes(
        self, fields: Mapping[str, Any], caller: ConsoleCaller
    ) -> Callable[[Any], Mapping[str, Any]]:
        """What changes of a body where the caller gives these fields of it."""

        def changes_of(body: Any) -> Mapping[str, Any]:
            if self.guard is not None:
                self.guard(body, fields, caller)
            if self.settled is None:
                return fields
            return {**msgspec.structs.asdict(self.settled(body)), **fields}

        return changes_of


def author_of(caller: ConsoleCaller, note: str | None) -> Author:
    """Who makes a change, as revisions keep it; raises ``InvalidArgument`` for a bad note."""
    if note and not is_storable(note):
        raise invalid_field("note", f"must not contain {NOT_STORABLE}")
    kind = "server_key" if caller.is_key else "user"
    return Author(f"{kind}:{caller.name}", note or "")


async def definition_messages(
    resource: Resource, definitions: Definitions, found: Sequence[Definition[Any]]
) -> list[DefinitionMessage]:
    """Definitions of one kind, as they are answered."""
    extras: Sequence[Mapping[str, Any]] = [{}] * len(found)
    if resource.extras is not None:
        extras = await resource.extras(found)
    return [
        _message(resource, definitions.catalog, each, extra)
        for each, extra in zip(found, extras, strict=True)
    ]


def definition_routes(
    resource: Resource, definitions: Definitions, *, console_may: ConsoleMay
) -> list[Route[Any, Any]]:
    """The endpoints of one kind."""
    kind = resource.kind

    async def messages(found: Sequence[Definition[Any]]) -> list[DefinitionMessage]:
        return await definition_messages(resource, definitions, found)

    async def message(definition: Definition[Any]) -> DefinitionMessage:
        return (await messages([definition]))[0]

    async def list_all(_request: Request, _caller: ConsoleCaller, query: SearchQuery) -> Any:
        page = definitions.list(kind, query.search(), limit=query.limit, cursor=query.cursor)
        return resource.list_type(await messages(page.items), page_options(page))

    async def create(
        _request: Request, caller: ConsoleCaller, body: DefinitionRequest
    ) -> DefinitionMessage:
        made = await definitions.create(
            kind,
            body.name or "",
            definitions.catalog.kinds[kind].body_type(**resource.given(body_fields(body))),
            author=author_of(caller, body.note),
        )
        return await message(made)

    async def read(request: Request, _caller: ConsoleCaller, _body: None) -> DefinitionMessage:
        return await message(definitions.get(kind, request.params["id"]))

    async def update(
        request: Request, caller: ConsoleCaller, body: DefinitionRequest
    ) -> DefinitionMessage:
        changed = await definitions.update(
            kind,
            request.params["id"],
            resource.changes(resource.given(body_fields(body)), caller),
            name=body.name,
            version=version_of(body.version),
            author=author_of(caller, body.note),
            forced=isinstance(body, ForcibleRequest) and bool(body.force),
        )
        return await message(changed)

    async def delete(request: Request, caller: ConsoleCaller, query: DeleteQuery) -> Empty:
        await definitions.delete(
            kind,
            request.params["id"],
            version=version_of(query.version),
            author=author_of(caller, query.note),
        )
        return EMPTY

    async def history(request: Request, _caller: ConsoleCaller, query: PageQuery) -> RevisionList:
        page = await definitions.revisions(
            kind, request.params["id"], limit=query.limit, cursor=cursor_of(query)
        )
        return RevisionList([_revision(each) for each in page.items], page_options(page))

    route = _maker(resource, console_may)
    one = f"{resource.path}/{{id}}"
    return [
        route(
            "GET",
            "list",
            list_all,
            query_type=resource.query_type,
            response_type=resource.list_type,
        ),
        route("POST", "create", create, request_type=resource.request_type),
        route("GET", "get", read, path=one),
        route("PUT", "update", update, path=one, request_type=resource.request_type),
        route("DELETE", "delete", delete, path=one, query_type=DeleteQuery, response_type=Empty),
        route(
            "GET",
            "history",
            history,
            path=f"{one}/revision",
            query_type=PageQuery,
            response_type=RevisionList,
        ),
    ]


_SUMMARIES = {
    "list": "List and search: {}",
    "create": "Create: {}",
    "get": "Read one by id or name: {}",
    "update": "Change one: {}",
    "delete": "Delete one that nothing refers to: {}",
    "history": "List the changes of one, the newest first: {}",
}
_ACTIONS = {"GET": Action.READ, "DELETE": Action.DELETE}


def _maker(resource: Resource, console_may: ConsoleMay) -> Callable[..., Route[Any, Any]]:
    kind = resource.kind
    place = resource.path.split("/console/")[1].replace("/", "_").replace("-", "_")

    def route(
        method: str, verb: str, handler: Any, *, path: str = resource.path, **fields: Any
    ) -> Route[Any, Any]:
        fields.setdefault("response_type", resource.message_type)
        return Route(
            method=method,
            path=path,
            auth=console_may(resource.entity, _ACTIONS.get(method, Action.WRITE)),
            handler=handler,
            operation=f"console_{verb}_{place}",
            summary=_SUMMARIES[verb].format(resource.title),
            description=resource.description if verb in {"create", "update"} else "",
            tag=resource.tag,
            subject=kind,
            action=f"{kind}.{verb}",
            **fields,
        )

    return route


def body_fields(request: DefinitionRequest) -> dict[str, Any]:
    """What a request gives of the body's fields; labels as a tuple, which bodies have."""
    common = set(ForcibleRequest.__struct_fields__)
    given = {
        field: getattr(request, field)
        for field in request.__struct_fields__
        if field not in common and getattr(request, field) is not None
    }
    if "labels" in given:
        given["labels"] = tuple(dict.fromkeys(given["labels"]))
    return given


def version_of(given: str | int | None) -> int | None:
    """The version that a caller saw last, if it told one; raises ``InvalidArgument``."""
    return None if given is None or given == "" else int64(given, "version")


def _message(
    resource: Resource,
    catalog: Catalog,
    definition: Definition[Any],
    extra: Mapping[str, Any],
) -> DefinitionMessage:
    users = catalog.users_of(definition.kind, definition.name)
    body = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in msgspec.structs.asdict(definition.body).items()
    }
    return resource.message_type(
        id=definition.id,
        name=definition.name,
        version=str(definition.version),
        core=definition.origin == Origin.CORE,
        pack=definition.origin if definition.origin not in {Origin.CORE, Origin.STUDIO} else "",
        create_time_sec=str(definition.created_us // MICROSECONDS),
        update_time_sec=str(definition.updated_us // MICROSECONDS),
        used_by=[_user(each) for each in users[:_USERS_SHOWN_MAX]],
        used_by_count=len(users),
        **{**body, **extra},
    )


def _user(reference: Reference) -> ReferenceMessage:
    return ReferenceMessage(reference.kind, reference.name, reference.field)


def _revision(revision: Revision) -> RevisionMessage:
    return RevisionMessage(
        version=str(revision.id),
        before=None if revision.before is None else msgspec.json.decode(revision.before),
        after=None if revision.after is None else msgspec.json.decode(revision.after),
        changed_by=revision.changed_by,
        change_time_sec=str(revision.changed_us // MICROSECONDS),
        note=revision.note,
    )
