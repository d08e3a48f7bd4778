"""The OpenAPI document as a page for people: plain HTML without scripts. Pure."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from typing import Any

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #b3304a; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 2rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
a { color: var(--accent); } code, pre { font: 14px/1.5 ui-monospace, monospace; }
pre { background: var(--soft); padding: .75rem; overflow-x: auto; border-radius: 6px; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; }
summary { padding: .5rem .75rem; cursor: pointer; } details > div { padding: 0 .75rem .75rem; }
.method { display: inline-block; width: 5rem; font-weight: 700; color: var(--accent); }
.path { font-family: ui-monospace, monospace; margin-right: 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0;
  border-bottom: 1px solid var(--line); }
"""
# It needs no script and no file: its one style element is known by what it says.
REFERENCE_POLICY = (
    "default-src 'none'; "
    f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_SCHEMA_PREFIX = "#/components/schemas/"


def reference_page(document: Mapping[str, Any]) -> str:
    """The page of an OpenAPI document."""
    info = document["info"]
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>",
        "<meta name='viewport' content='width=device-width, initial-scale=1'>",
        f"<title>{escape(info['title'])} API</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(info['title'])} API</h1>",
        f"<p>Version {escape(info['version'])}. {escape(info['description'])} ",
        "The same as <a href='openapi.json'>OpenAPI 3.1</a>, for generators and tools.</p>",
        _security(document),
    ]
    for tag in document["tags"]:
        parts.append(f"<h2>{escape(tag['name'])}</h2>")
        for path, methods in document["paths"].items():
            parts += [
                _operation(document, path, method, operation)
                for method, operation in methods.items()
                if tag["name"] in operation["tags"]
            ]
    parts.append("</body></html>")
    return "".join(parts)


def _prose(text: str) -> str:
    """Escaped text in which what stands between backticks is code."""
    parts = escape(text).replace("``", "`").split("`")
    return "".join(
        f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts)
    )


def _security(document: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(scheme['description'])}</td></tr>"
        for name, scheme in document["components"]["securitySchemes"].items()
    )
    return f"<h2>Who calls</h2><table>{rows}</table>"


def _operation(
    document: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]
) -> str:
    callers = " or ".join(name for scheme in operation["security"] for name in scheme) or "anyone"
    parts = [
        "<details><summary>",
        f"<span class='method'>{escape(method.upper())}</span>",
        f"<span class='path'>{escape(path)}</span>{escape(operation['summary'])}</summary><div>",
        f"<p>{_prose(operation.get('description', ''))}</p>",
        f"<p>Called by: {escape(callers)}</p>",
    ]
    if "parameters" in operation:
        parts.append(_parameters(document, operation["parameters"]))
    if "requestBody" in operation:
        parts.append(_message(document, "Request", operation["requestBody"]))
    # What is no failure stands first.
    answer = next(iter(operation["responses"].values()))
    if "application/json" in answer["content"]:
        parts.append(_message(document, "Answer", answer))
    else:
        parts.append(f"<h4>Answer</h4><p>{escape(', '.join(answer['content']))}</p>")
    parts.append("</div></details>")
    return "".join(parts)


def _parameters(document: Mapping[str, Any], parameters: Sequence[Mapping[str, Any]]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(parameter['name'])}</code></td>"
        f"<td>{escape(_kind(document, parameter['schema']))}</td>"
        f"<td>{_prose(parameter.get('description', ''))}</td></tr>"
        for parameter in parameters
    )
    return f"<h4>Parameters</h4><table>{rows}</table>"


def _message(document: Mapping[str, Any], title: str, holder: Mapping[str, Any]) -> str:
    schema = holder["content"]["application/json"]["schema"]
    named = _resolve(document, schema)
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(_kind(document, field))}</td>"
        f"<td>{_prose(field.get('description', ''))}</td></tr>"
        for name, field in named.get("properties", {}).items()
        if not field.get("deprecated")
    )
    table = f"<table>{rows}</table>" if rows else "<p><code>{}</code></p>"
    example = json.dumps(_example(document, schema, depth=0), indent=2)
    return (
        f"<h4>{title}</h4><p>{_prose(named.get('description', ''))}</p>{table}"
        f"<pre>{escape(example)}</pre>"
    )


def _resolve(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Mapping[str, Any] = document["components"]["schemas"][
        reference.removeprefix(_SCHEMA_PREFIX)
    ]
    return found


def _kind(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].removeprefix(_SCHEMA_PREFIX))
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(document, option) for option in schema["anyOf"]))
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"list of {_kind(document, schema.get('items', {}))}"
    if kind == "object" and schema.get("additionalProperties") == {"type": "string"}:
        return "map of texts"
    return {"object": "map", "string": "text", "integer": "number"}.get(kind, kind)


_DEPTH_MAX = 6


def _example(document: Mapping[str, Any], schema: Mapping[str, Any], *, depth: int) -> Any:
    schema = _resolve(document, schema)
    if schema.get("examples"):
        return schema["examples"][0]
    if depth > _DEPTH_MAX:
        return None
    if "anyOf" in schema:
        return _example(document, schema["anyOf"][0], depth=depth + 1)
    kind = schema.get("type")
    if kind == "object":
        return {
            name: _example(document, field, depth=depth + 1)
            for name, field in schema.get("properties", {}).items()
            if not field.get("deprecated")
        }
    if kind == "array":
        return [_example(document, schema.get("items", {}), depth=depth + 1)]
    return {"string": "text", "integer": 1, "number": 1, "boolean": False}.get(str(kind), "text")
