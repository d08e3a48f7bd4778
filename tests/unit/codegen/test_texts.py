"""Texts from definitions, in comments and literals."""

import ast
import json

from hypothesis import example, given
from hypothesis import strategies as st

from matsuri.codegen.cpp_types import literal
from matsuri.codegen.lines import comment_lines
from matsuri.codegen.typescript import _text

BREAKING = st.text("*/\\?@#\n\r\u2028\u202e x", max_size=20)


@given(st.text() | BREAKING)
@example("**//")
@example("*//*")
@example("??????/")
@example("a" * 300)
def test_a_comment_ends_where_it_should(text: str) -> None:
    for line in comment_lines(text):
        assert line
        assert line.isprintable()
        assert line[0] not in "@/#*"
        assert not line.endswith("\\")
        assert "*/" not in line
        assert "/*" not in line
        assert "??" not in line


@given(st.text() | BREAKING)
def test_a_literal_of_cpp_is_the_text(text: str) -> None:
    written = literal(text)
    assert written.isascii()
    assert written.isprintable()
    # Python reads the octal escapes of C++ as they are meant, and pieces side by side as one.
    pieces = written.replace('" "', '" b"') if len(text.encode()) > 1000 else written
    assert ast.literal_eval(f"b{pieces}").decode() == text
    assert "??" not in written


@given(st.text() | BREAKING)
def test_a_literal_of_typescript_is_the_text(text: str) -> None:
    written = _text(text)
    assert written.isascii()
    assert written.isprintable()
    assert json.loads(written) == text
