"""The OpenAPI 3.1 document, made of the same routes and types that decode requests. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from matsuri.web.messages import USUAL, ErrorMessage
from matsuri.web.routes import JSON, Route

_SCHEMES: dict[str, dict[str, Any]] = {
    "ApiKey": {
        "type": "http",
        "scheme": "basic",
        "description": "An API key as user name, with an empty password.",
    },
    "ApiKeyHeader": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "An API key in a header of its own.",
    },
    "ServerKey": {
        "type": "http",
        "scheme": "basic",
        "description": "A server key as user name, with an empty password.",
    },
    "SessionToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A player's session token, issued here or signed by a game server.",
    },
    "ConsoleToken": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of a console user.",
    },
    "ConsoleCookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "matsuri_session",
        "description": (
            "The token of a console user as the web console has it. Calls other than GET and HEAD "
            "need the header X-CSRF-Token with the csrf_token of the sign-in."
        ),
    },
}
_OPEN_SEGMENT = re.compile(r"\{(\w+)\}")
_ERRORS = {
    "400": "The request is wrong; sending it again cannot help.",
    "401": "Who calls is not proven.",
    "default": "Another error; 429 and 503 say in `Retry-After` when to try again.",
}


def openapi_document(
    routes: Iterable[Route[Any, Any]], *, title: str, version: str, description: str
) -> dict[str, Any]:
    """The document of all documented routes."""
    documented = [route for route in routes if route.documented]
    types = [ErrorMessage]
    for route in documented:
        kinds = [route.request_type, route.response_type, route.query_type]
        kinds += route.failure_types.values()
        types += [kind for kind in kinds if kind is not None]
    schemas, components = msgspec.json.schema_components(
        types, ref_template="#/components/schemas/{name}"
    )
    by_type = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in documented:
        operation = _operation(route, by_type)
        parameters = _path_parameters(route) + _query_parameters(route, by_type, components)
        if parameters:
            operation["parameters"] = parameters
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    for route in documented:
        if route.query_type is not None:
            # Each field is a parameter; the structure as a whole is nowhere on the wire.
            components.pop(_component(by_type[route.query_type]), None)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": version,
            "description": description,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in documented)],
        "paths": paths,
        "components": {
            "schemas": {name: _usual(schema) for name, schema in components.items()},
            "securitySchemes": _used_schemes(documented),
        },
    }


def _path_parameters(route: Route[Any, Any]) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _OPEN_SEGMENT.findall(route.path)
    ]


def _query_parameters(
    route: Route[Any, Any], by_type: dict[Any, Any], components: dict[str, Any]
) -> list[dict[str, Any]]:
    if route.query_type is None:
        return []
    structure = components[_component(by_type[route.query_type])]
    parameters = []
    for name, schema in structure["properties"].items():
        usual = _usual(schema)
        description = usual.pop("description", "") if isinstance(usual, dict) else ""
        parameter = {"name": name, "in": "query", "schema": usual}
        if description:
            parameter["description"] = description
        if name in structure.get("required", ()):
            parameter["required"] = True
        parameters.append(parameter)
    return parameters


def _component(reference: dict[str, str]) -> str:
    return reference["$ref"].rpartition("/")[2]


def _operation(route: Route[Any, Any], by_type: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "summary": route.summary,
        "tags": [route.tag],
        "security": [{scheme: []} for scheme in route.auth.schemes],
        "responses": {
            str(route.success): {"description": "Done.", "content": _answer(by_type, route)},
            **{
                status: {"description": text, "content": _content(by_type, ErrorMessage)}
                for status, text in _ERRORS.items()
            },
            **{
                str(status): {"description": "A failure.", "content": _content(by_type, kind)}
                for status, kind in route.failure_types.items()
            },
        },
    }
    if route.description:
        operation["description"] = route.description
    if route.auth.permission:
        operation["x-permission"] = route.auth.permission
    if route.request_type is not None:
        operation["requestBody"] = {
            "required": False,
            "content": _content(by_type, route.request_type),
        }
    return operation


def _answer(by_type: dict[Any, Any], route: Route[Any, Any]) -> dict[str, Any]:
    if route.produces != JSON:
        types = (route.produces, *route.also_produces)
        return {each: {"schema": {"type": "string"}} for each in types}
    return _content(by_type, route.response_type)


def _content(by_type: dict[Any, Any], kind: type[Any] | None) -> dict[str, Any]:
    schema = {} if kind is None else by_type[kind]
    return {"application/json": {"schema": schema}}


def _used_schemes(routes: Sequence[Route[Any, Any]]) -> dict[str, Any]:
    used = {scheme for route in routes for scheme in route.auth.schemes}
    return {name: scheme for name, scheme in _SCHEMES.items() if name in used}


def _usual(schema: Any) -> Any:
    """The schema without what requests are only forgiven, such as ``null``."""
    if isinstance(schema, list):
        return [_usual(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if USUAL in schema:
        return {**schema[USUAL], "description": schema.get("description", "")}
    slim = {
        key: _usual(value)
        for key, value in schema.items()
        if not (key == "default" and value is None)
    }
    options = slim.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        options = [option for option in options if option != {"type": "null"}]
        if len(options) == 1:
            del slim["anyOf"]
            slim = {**options[0], **slim}
        else:
            slim["anyOf"] = options
    return slim
