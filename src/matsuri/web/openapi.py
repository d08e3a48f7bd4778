"""The OpenAPI 3.1 document, made of the same routes and types that decode requests. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from matsuri.web.messages import USUAL, ErrorMessage
from matsuri.web.routes import Route

_SCHEMES: dict[str, dict[str, Any]] = {
    "ApiKey": {
        "type": "http",
        "scheme": "basic",
        "description": "An API key as user name, with an empty password.",
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
}
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
        types += [kind for kind in (route.request_type, route.response_type) if kind is not None]
    schemas, components = msgspec.json.schema_components(
        types, ref_template="#/components/schemas/{name}"
    )
    by_type = dict(zip(types, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in documented:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, by_type)
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


def _operation(route: Route[Any, Any], by_type: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "summary": route.summary,
        "tags": [route.tag],
        "security": [{scheme: []} for scheme in route.auth.schemes],
        "responses": {
            "200": {"description": "Done.", "content": _content(by_type, route.response_type)},
            **{
                status: {"description": text, "content": _content(by_type, ErrorMessage)}
                for status, text in _ERRORS.items()
            },
        },
    }
    if route.description:
        operation["description"] = route.description
    if route.request_type is not None:
        operation["requestBody"] = {
            "required": False,
            "content": _content(by_type, route.request_type),
        }
    return operation


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
