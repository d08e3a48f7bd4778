"""The OpenAPI document describes what the routes do, and nothing else."""

import json
from typing import Any

import jsonschema_rs
import schemathesis

from tests.api.running import KEY, Server
from tests.support.in_process import EMAIL, PASSWORD, SERVER_KEY, basic, bearer


async def document_of(server: Server) -> Any:
    reply = await server.request("GET", "/openapi.json")
    assert reply.status == 200
    return reply.json


def references(value: object) -> set[str]:
    if isinstance(value, dict):
        found = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return found.union(*(references(item) for item in value.values()))
    if isinstance(value, list):
        return set[str]().union(*(references(item) for item in value))
    return set()


async def test_every_documented_route_is_an_operation(server: Server) -> None:
    document = await document_of(server)
    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    routes = {(route.method, route.path) for route in server.node.routes if route.documented}
    assert described == routes
    ids = [
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
    ]
    assert len(set(ids)) == len(ids)
    assert document["openapi"] == "3.1.0"


async def test_everything_referred_to_is_there(server: Server) -> None:
    document = await document_of(server)
    for reference in references(document):
        place: Any = document
        for name in reference.removeprefix("#/").split("/"):
            place = place[name]
    schemes = set(document["components"]["securitySchemes"])
    assert schemes == {
        "ApiKey",
        "ApiKeyHeader",
        "ServerKey",
        "SessionToken",
        "ConsoleToken",
        "ConsoleCookie",
    }
    for methods in document["paths"].values():
        for operation in methods.values():
            assert {name for one in operation["security"] for name in one} <= schemes
            assert next(iter(operation["responses"])) in {"200", "302"}
            assert "default" in operation["responses"]


async def test_schemas_are_json_schemas_without_null(server: Server) -> None:
    document = await document_of(server)
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)
    assert '"null"' not in json.dumps(document)


async def test_a_tool_can_read_it(server: Server) -> None:
    schema = schemathesis.openapi.from_dict(await document_of(server))
    operations = [operation.ok() for operation in schema.get_all_operations()]
    assert len(operations) == len([route for route in server.node.routes if route.documented])


def schema_for(document: Any, content: Any) -> Any:
    return jsonschema_rs.validator_for(
        {**content["application/json"]["schema"], "components": document["components"]}
    )


async def test_answers_are_as_described(server: Server) -> None:
    document = await document_of(server)
    session = await server.authenticate("player-0001")
    token = bearer(session["token"])
    calls: list[tuple[str, str, Any, str | None]] = [
        ("GET", "/healthcheck", None, None),
        ("GET", "/readycheck", None, None),
        ("POST", "/v1/authenticate", {"id": "player-0001", "no_session": True}, KEY),
        ("POST", "/v1/authenticate", {"id": "x"}, KEY),
        ("POST", "/v1/authenticate/refresh", {"refresh_token": session["refresh_token"]}, KEY),
        ("GET", "/v1/properties", None, token),
        ("PUT", "/v1/properties", {"default": {"platform": "Web"}, "recompute": True}, token),
        ("PUT", "/v1/properties", {"custom": {"undeclared": "1"}}, token),
        ("POST", "/v1/event", {"events": [{"name": "appLaunched", "value": "1"}]}, token),
        ("POST", "/v1/server-event", {"events": [{"name": "unknown"}]}, KEY),
        ("POST", "/v1/console/authenticate", {"email": EMAIL, "password": PASSWORD}, None),
        ("POST", "/v1/console/authenticate", {"email": EMAIL, "password": "x"}, None),
        ("POST", "/v1/console/apikey", {"name": "game"}, basic(SERVER_KEY)),
        ("GET", "/v1/flag", None, token),
        ("GET", "/v1/flag/override", None, token),
        ("PUT", "/v1/identify", {"id": "player-0002"}, token),
        ("POST", "/v1/authenticate/logout", {}, token),
    ]
    for method, path, body, auth in calls:
        operation = document["paths"][path][method.lower()]
        reply = await server.request(method, path, body=body, auth=auth)
        if body is not None:
            schema_for(document, operation["requestBody"]["content"]).validate(body)
        described = operation["responses"].get(str(reply.status), operation["responses"]["default"])
        schema_for(document, described["content"]).validate(reply.json)


async def test_a_page_for_people(server: Server) -> None:
    reply = await server.request("GET", "/docs")
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    page = reply.body.decode()
    for route in server.node.routes:
        if route.documented:
            assert route.path in page
