"""The schemas that editors read."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from matsuri.as_code.folder import read_folder, write_folder
from matsuri.as_code.kinds import FILE_KINDS, FileKind
from matsuri.as_code.schemas import file_schema, schema_file_name
from matsuri.flags.model import FlagDefinition

_NOT_IN_FILES = {"id", "version", "note", "force", "ended_time_sec", "ended_time"}


def keys_of(schema: object) -> set[str]:
    """The names of all fields that a schema knows."""
    if isinstance(schema, list):
        return {key for each in schema for key in keys_of(each)}
    if not isinstance(schema, dict):
        return set()
    found = {key for each in schema.values() for key in keys_of(each)}
    return found | set(schema.get("properties", ()))


@pytest.mark.parametrize("kind", FILE_KINDS.values(), ids=lambda kind: str(kind.name))
def test_a_schema_is_one_and_knows_every_field_that_files_have(kind: FileKind) -> None:
    schema = dict(file_schema(kind))
    jsonschema_rs.meta.validate(schema)
    fields = {each.removesuffix("_sec") for each in kind.body_type.__struct_fields__}
    state = {each.removesuffix("_sec") for each in kind.state}
    assert {each.removesuffix("_sec") for each in schema["properties"]} == fields - state | {"name"}
    known = keys_of(schema)
    assert not known & _NOT_IN_FILES
    assert not [key for key in known if key.endswith("_time_sec")]


def test_files_name_the_schema_that_lies_beside_them(tmp_path: Path) -> None:
    flag = FILE_KINDS["flag"]
    write_folder(
        tmp_path,
        [(flag, "Shop", FlagDefinition(value="1"))],
        read_folder(tmp_path),
        kinds=FILE_KINDS.values(),
    )
    first, *_ = (tmp_path / "flags" / "Shop.yaml").read_text("utf-8").splitlines()
    schema = tmp_path / "flags" / first.removeprefix("# yaml-language-server: $schema=")
    assert json.loads(schema.read_text("utf-8")) == file_schema(flag)
    names = {each.name for each in (tmp_path / "schemas").iterdir()}
    assert names == {schema_file_name(kind) for kind in FILE_KINDS.values()}
