"""What is written reads as what it was, whatever it says."""

import tempfile
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matsuri.as_code.documents import body_of, document_of, request_of
from matsuri.as_code.folder import read_folder, write_folder
from matsuri.as_code.kinds import FILE_KINDS
from matsuri.as_code.read_yaml import read_yaml
from matsuri.as_code.schemas import file_schema
from matsuri.as_code.state import stated
from matsuri.as_code.values import readable_value, wire_value
from matsuri.as_code.write_yaml import rewrite_yaml, same, write_yaml
from tests.unit.as_code.bodies import BODIES, HOSTILE, definitions, json_values, texts, wire_values

_VALIDATORS = {
    name: jsonschema_rs.Draft202012Validator(dict(file_schema(kind)))
    for name, kind in FILE_KINDS.items()
}


def test_there_are_examples_of_every_kind() -> None:
    assert set(BODIES) == set(FILE_KINDS)


@settings(max_examples=400, deadline=None)
@given(definitions)
def test_a_definition_is_what_its_file_says(drawn: tuple[str, str, object]) -> None:
    kind_name, name, body = drawn
    kind = FILE_KINDS[kind_name]
    document = document_of(kind, name, body)
    text = write_yaml(document, head="# a schema\n")
    read = read_yaml(text).value
    assert read["name"] == name
    assert body_of(kind, read) == body
    assert stated(kind, body) == body
    # The second writing is the first, so a pull without a change touches nothing.
    assert write_yaml(document_of(kind, name, body_of(kind, read)), head="# a schema\n") == text
    assert not [each.message for each in _VALIDATORS[kind_name].iter_errors(read)]


@settings(max_examples=100, deadline=None)
@given(definitions)
def test_a_request_says_what_the_file_says(drawn: tuple[str, str, object]) -> None:
    kind_name, _, body = drawn
    kind = FILE_KINDS[kind_name]
    request = request_of(kind, body)
    assert not request.keys() & {*kind.state, "name", "version", "note", "force"}
    assert request.keys() <= set(kind.request_type.__struct_fields__)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_file_that_is_written_again_says_what_is_new(data: st.DataObject) -> None:
    kind_name = data.draw(st.sampled_from(sorted(BODIES)))
    kind = FILE_KINDS[kind_name]
    before, after = (document_of(kind, "one", data.draw(BODIES[kind_name])) for _ in range(2))
    text = "# of mine\n" + write_yaml(before)
    rewritten = rewrite_yaml(text, after)
    assert same(read_yaml(rewritten).value, after)
    assert rewrite_yaml(text, before) == text


@settings(max_examples=300, deadline=None)
@given(wire_values)
def test_a_value_keeps_its_text(text: str) -> None:
    assert wire_value(readable_value(text)) == text


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(texts, json_values | texts, max_size=4))
def test_any_value_is_written_so_that_it_reads_the_same(value: dict[str, object]) -> None:
    assert same(read_yaml(write_yaml(value)).value, value)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_a_text(text: str) -> None:
    assert read_yaml(write_yaml({"x": text, text: [text]})).value == {"x": text, text: [text]}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("5", 5),
        ("2.5", 2.5),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ('{"b":1,"a":[true,null,"x"]}', {"b": 1, "a": [True, None, "x"]}),
        ("1.50", "1.50"),
        ("1e3", "1e3"),
        ("007", "007"),
        ("null", "null"),
        ('"text"', '"text"'),
        ('{"a": 1}', '{"a": 1}'),
        ('{"a":1,"a":2}', '{"a":1,"a":2}'),
        ('{"a":1.10}', '{"a":1.10}'),
        ("[" * 40 + "]" * 40, "[" * 40 + "]" * 40),
    ],
)
def test_a_value_is_a_structure_only_where_its_text_comes_of_it(text: str, value: object) -> None:
    assert same(readable_value(text), value)


@settings(max_examples=40, deadline=None)
@given(st.lists(definitions, max_size=6, unique_by=lambda each: each[:2]))
def test_a_folder_says_what_was_written_into_it(drawn: list[tuple[str, str, object]]) -> None:
    wanted = [(FILE_KINDS[kind], name, body) for kind, name, body in drawn]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        first = write_folder(root, wanted, read_folder(root), kinds=FILE_KINDS.values())
        assert len(first.new) == len(wanted)
        known = read_folder(root)
        assert not known.problems
        assert {key: file.body for key, file in known.files.items()} == {
            (kind.name, name): body for kind, name, body in wanted
        }
        again = write_folder(root, wanted, known, kinds=FILE_KINDS.values())
        assert again == ([], [], [], [])
