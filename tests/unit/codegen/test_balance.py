"""Code of hostile definitions, as far as it can be judged without a compiler of its language."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from gdtoolkit.parser import parser
from hypothesis import given, settings
from hypothesis import strategies as st

from matsuri.codegen.catalog import Catalog, Event, Flag, Named, Property, Validator, tidied
from matsuri.codegen.csharp_types import comment
from matsuri.codegen.gdscript_types import CONSTANTS_RESERVED, RESERVED, constant
from matsuri.codegen.generate import Language, generate
from matsuri.codegen.names import identifiers

# A literal, or a comment to the end of its line; in all four languages a literal ends in its line.
_LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_COMMENTS = {
    Language.TYPESCRIPT: re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL),
    Language.CPP: re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL),
    Language.CSHARP: re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL),
    Language.GDSCRIPT: re.compile(r"#[^\n]*"),
}
_PAIRS = {")": "(", "]": "[", "}": "{"}
NAMES = st.text(max_size=6) | st.sampled_from(
    [
        *(
            "class",
            "Class",
            "get",
            "Of",
            "Flags",
            "flags",
            "ToString",
            "func",
            "pi",
            "OS",
            "script",
        ),
        *("a-b", "a_b", "1st", '"', "\\", "*/", "# {", "\n}", "</summary>", "\u2028", "\x7f", ""),
    ]
)
SCHEMAS: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(["string", "number", "integer", "boolean", ["integer", "null"]]).map(
        lambda each: {"type": each}
    )
    | st.fixed_dictionaries({"enum": st.lists(NAMES | st.none(), min_size=1, max_size=4)})
    | st.just({}),
    lambda inner: (
        st.fixed_dictionaries(
            {
                "type": st.sampled_from(["object", ["object", "null"]]),
                "properties": st.dictionaries(NAMES, inner, max_size=4),
                "required": st.lists(NAMES, max_size=3),
            }
        )
        | st.fixed_dictionaries({"type": st.just("array"), "items": inner})
    ),
    max_leaves=8,
)


@st.composite
def catalogs(draw: st.DrawFn) -> Catalog:
    """Definitions with names and descriptions of all kinds; flags and events have validators."""
    validators = [
        Validator(name=f"V{at}", schema=each)
        for at, each in enumerate(draw(st.lists(SCHEMAS, min_size=1, max_size=3)))
    ]
    known = st.sampled_from([each.name for each in validators])
    flags = st.builds(
        Flag,
        name=NAMES,
        description=NAMES,
        value=NAMES | st.sampled_from(["{}", "[]", "1", "true"]),
        validator=known,
    )
    events = st.builds(
        Event, name=NAMES, description=NAMES, value_validator=known, metadata_validator=known
    )
    properties = st.builds(Property, name=NAMES, value_type=st.sampled_from(["string", "numeric"]))
    named = st.lists(st.builds(Named, name=NAMES, description=NAMES), max_size=3)
    return tidied(
        Catalog(
            flags=draw(st.lists(flags, max_size=4)),
            events=draw(st.lists(events, max_size=4)),
            properties=draw(st.lists(properties, max_size=4)),
            validators=validators,
            experiments=draw(named),
            live_events=draw(named),
        )
    )


def bare(language: Language, code: str) -> str:
    """``code`` without what stands in literals and comments."""
    both = re.compile(f"{_LITERAL.pattern}|{_COMMENTS[language].pattern}", re.DOTALL)
    return both.sub(lambda found: '""' if found[0].startswith('"') else "", code)


@settings(deadline=None)
@given(catalogs(), st.sampled_from([Language.CPP, Language.CSHARP, Language.GDSCRIPT]))
def test_what_is_opened_is_closed_and_nothing_of_a_name_gets_out(
    catalog: Catalog, language: Language
) -> None:
    code = bare(language, generate(language, catalog))
    assert code.isascii()
    assert "\x7f" not in code
    opened: list[str] = []
    # Characters in single quotes are the runtime's own, and its tests are compilers.
    for char in re.sub(r"'(?:[^'\\]|\\.)'", "", code):
        if char in _PAIRS.values():
            opened.append(char)
        elif char in _PAIRS:
            assert opened.pop() == _PAIRS[char]
    assert opened == []


@settings(deadline=None, max_examples=40)
@given(catalogs())
def test_gdscript_parses_and_declares_each_name_once(catalog: Catalog) -> None:
    code = generate(Language.GDSCRIPT, catalog)
    parser.parse(code)
    for name, members in classes(bare(Language.GDSCRIPT, code)):
        assert max(Counter(members).values(), default=0) <= 1, name
        assert not set(members) & (RESERVED | CONSTANTS_RESERVED)


def classes(code: str) -> Iterator[tuple[str, list[str]]]:
    """All classes of GDScript code with the names of their members, then the names of all."""
    names = re.findall(r"^class (\w+):$", code, re.MULTILINE)
    bodies = re.split(r"^class \w+:$", code, flags=re.MULTILINE)[1:]
    for name, body in zip(names, bodies, strict=True):
        yield name, re.findall(r"^\t(?:static )?(?:func|var|const) (\w+)", body, re.MULTILINE)
    yield "", names


@given(st.text() | st.text("<>&*/\\ a", max_size=12))
def test_a_comment_of_csharp_is_xml(text: str) -> None:
    lines = comment(text)
    assert all(line.startswith("/// ") for line in lines)
    told = "".join(line.removeprefix("/// ") for line in lines)
    inner = told.removeprefix("<summary>").removesuffix("</summary>")
    assert not set(inner) & {"<", ">"}
    assert re.fullmatch(r"(?:[^&]|&(?:lt|gt|amp);)*", inner)


@pytest.mark.parametrize(
    ("name", "expected"), [("Shop-Offer", "SHOP_OFFER"), ("raidFinished", "RAID_FINISHED")]
)
def test_a_constant_of_gdscript_reads_well(name: str, expected: str) -> None:
    assert identifiers([name], constant)[name] == expected


def test_words_of_gdscript_get_an_underscore() -> None:
    flags = [Flag(name=name, value="1") for name in ("func", "get", "int", "of", "free")]
    code = generate(Language.GDSCRIPT, Catalog(flags=flags))
    for flag in flags:
        assert f"\tfunc {flag.name}_() -> float:" in code
