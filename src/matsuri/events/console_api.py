"""The taxonomy in the console API: ``/v1/console/taxonomy/…``."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from matsuri.definitions.service import Definitions
from matsuri.errors import InvalidArgument, invalid_field
from matsuri.events.kinds import (
    COLOUR_ALLOWED,
    LABEL_NAME_ALLOWED,
    NAME_ALLOWED,
    VALIDATOR_NAME_ALLOWED,
    schema_field,
)
from matsuri.events.schemas import JsonSchema, SchemaLimits, schema_problems, schema_steps
from matsuri.events.taxonomy import (
    EVENT_KIND,
    LABEL_KIND,
    PROPERTY_KIND,
    VALIDATOR_KIND,
    Taxonomy,
    ValueType,
)
from matsuri.web.callers import Action, ConsoleCaller, ConsoleMay, Entity
from matsuri.web.definitions import (
    DefinitionMessage,
    DefinitionRequest,
    Description,
    Labels,
    Resource,
    definition_routes,
)
from matsuri.web.lists import PageOptions
from matsuri.web.routes import Request, Route

_PATH = "/v1/console/taxonomy"
# The name of the schema that is tried out; validators' names begin with a letter.
_TRIED = "_tried"

ValidatorName = Annotated[str, Meta(max_length=64, description="A validator; empty for none.")]
SchemaField = Annotated[
    dict[str, Any] | bool,
    Meta(description="A JSON Schema, 2020-12. `$ref` takes the name of another validator."),
]
Colour = Annotated[str, Meta(max_length=7, description=f"`{COLOUR_ALLOWED}`; may be empty.")]


class EventDefinitionRequest(DefinitionRequest, frozen=True, kw_only=True):
    """What a studio declares of an event."""

    description: Description | None = None
    labels: Labels | None = None
    value_type: ValueType | None = None
    value_validator: ValidatorName | None = None
    metadata_validator: ValidatorName | None = None


class EventDefinitionMessage(DefinitionMessage, frozen=True, kw_only=True):
    """A declared event."""

    description: str
    labels: list[str]
    value_type: ValueType
    value_validator: ValidatorName
    metadata_validator: ValidatorName


class EventDefinitionList(msgspec.Struct, frozen=True):
    """A page of declared events, by name."""

    events: list[EventDefinitionMessage]
    page_options: PageOptions


class PropertyRequest(DefinitionRequest, frozen=True, kw_only=True):
    """What a studio declares of a custom property."""

    description: Description | None = None
    labels: Labels | None = None
    value_type: ValueType | None = None


class PropertyMessage(DefinitionMessage, frozen=True, kw_only=True):
    """A declared property: ``core`` for default ones, which games set under ``default``."""

    description: str
    labels: list[str]
    value_type: ValueType


class PropertyList(msgspec.Struct, frozen=True):
    """A page of declared properties, by name."""

    properties: list[PropertyMessage]
    page_options: PageOptions


class ValidatorRequest(DefinitionRequest, frozen=True, kw_only=True):
    """What a studio declares of a validator."""

    description: Description | None = None
    labels: Labels | None = None
    schema: SchemaField | None = None


class ValidatorMessage(DefinitionMessage, frozen=True, kw_only=True):
    """A validator."""

    description: str
    labels: list[str]
    schema: SchemaField


class ValidatorList(msgspec.Struct, frozen=True):
    """A page of validators, by name."""

    validators: list[ValidatorMessage]
    page_options: PageOptions


class LabelRequest(DefinitionRequest, frozen=True, kw_only=True):
    """What a studio declares of a category label."""

    description: Description | None = None
    colour: Colour | None = None


class LabelMessage(DefinitionMessage, frozen=True, kw_only=True):
    """A category label."""

    description: str
    colour: Colour


class LabelList(msgspec.Struct, frozen=True):
    """A page of category labels, by name."""

    labels: list[LabelMessage]
    page_options: PageOptions


class CheckRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A schema to try out on an instance, any JSON value."""

    schema: SchemaField
    instance: Any = None


class CheckProblem(msgspec.Struct, frozen=True):
    """What is wrong with the instance, and where: keys and indexes from its root."""

    place: list[str | int]
    problem: str


class CheckMessage(msgspec.Struct, frozen=True):
    """Whether the instance is valid, and what is wrong if not."""

    valid: bool
    problems: list[CheckProblem]


_RESOURCES = (
    Resource(
        kind=EVENT_KIND,
        path=f"{_PATH}/event",
        title="events",
        entity=Entity.TAXONOMY,
        request_type=EventDefinitionRequest,
        message_type=EventDefinitionMessage,
        list_type=EventDefinitionList,
        description=f"Name: {NAME_ALLOWED}. Games may send the event at once.",
    ),
    Resource(
        kind=PROPERTY_KIND,
        path=f"{_PATH}/property",
        title="properties",
        entity=Entity.TAXONOMY,
        request_type=PropertyRequest,
        message_type=PropertyMessage,
        list_type=PropertyList,
        description=f"Name: {NAME_ALLOWED}. Type: string or numeric.",
    ),
    Resource(
        kind=VALIDATOR_KIND,
        path=f"{_PATH}/validator",
        title="validators",
        entity=Entity.TAXONOMY,
        request_type=ValidatorRequest,
        message_type=ValidatorMessage,
        list_type=ValidatorList,
        description=f"Name: {VALIDATOR_NAME_ALLOWED}.",
    ),
    Resource(
        kind=LABEL_KIND,
        path=f"{_PATH}/label",
        title="category labels",
        entity=Entity.TAXONOMY,
        request_type=LabelRequest,
        message_type=LabelMessage,
        list_type=LabelList,
        description=f"Name: {LABEL_NAME_ALLOWED}.",
    ),
)


def routes(
    definitions: Definitions,
    taxonomy: Callable[[], Taxonomy],
    *,
    limits: SchemaLimits,
    console_may: ConsoleMay,
) -> list[Route[Any, Any]]:
    """The endpoints of the taxonomy."""

    async def check(_request: Request, _caller: ConsoleCaller, body: CheckRequest) -> CheckMessage:
        return _check(body.schema, body.instance, taxonomy(), limits)

    return [
        *(
            route
            for resource in _RESOURCES
            for route in definition_routes(resource, definitions, console_may=console_may)
        ),
        Route(
            method="POST",
            path=f"{_PATH}/validator/check",
            auth=console_may(Entity.TAXONOMY, Action.WRITE),
            handler=check,
            request_type=CheckRequest,
            response_type=CheckMessage,
            operation="console_check_taxonomy_validator",
            audited=False,
            summary="Try a schema out on an instance",
            description="Nothing is stored. 400 says what is wrong with the schema itself.",
            tag="Taxonomy",
        ),
    ]


def _check(
    schema: JsonSchema, instance: Any, taxonomy: Taxonomy, limits: SchemaLimits
) -> CheckMessage:
    wrong = schema_problems(_TRIED, schema, taxonomy.schemas.sources, limits)
    if wrong:
        fields = [schema_field(each) for each in wrong]
        raise InvalidArgument(
            f"{fields[0].field}: {fields[0].problem}", details=[each.detail() for each in fields]
        )
    size = len(msgspec.json.encode(instance))
    if size > limits.bytes_max:
        raise invalid_field("instance", f"has {size} bytes", f"at most {limits.bytes_max}")
    steps = schema_steps(_TRIED, {**taxonomy.schemas.sources, _TRIED: schema}, limits)
    problems = taxonomy.schemas.compile(_TRIED, schema).problems(instance, steps=steps)
    return CheckMessage(
        valid=not problems,
        problems=[CheckProblem(list(each.place), each.problem) for each in problems],
    )
