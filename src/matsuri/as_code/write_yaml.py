"""Plain values as YAML that is good to read, and changes of it that keep comments. Pure.

Whatever is written reads as the same value again, by ``read_yaml`` and by readers of YAML 1.1,
which take ``yes`` for a truth value and ``1:30`` for a number: such texts are quoted.
"""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import (
    DoubleQuotedScalarString,
    LiteralScalarString,
    SingleQuotedScalarString,
)

from matsuri.as_code.read_yaml import NotReadable, read_yaml

_COLUMNS = 1 << 20
# What items of lists are told apart by, where they have it.
_ITEM_NAMES = ("name", "flag")
_PLAIN_SIGNS = frozenset(" ./,()'+-_")
_WORDS_OF_OTHERS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


class _Representer(RoundTripRepresenter):
    """Writes null as a word."""


def _null(representer: Any, _value: None) -> Any:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


_Representer.add_representer(type(None), _null)


def write_yaml(value: Mapping[str, Any], *, head: str = "") -> str:
    """The text of a document, ``head`` before it."""
    for with_blocks in (True, False):
        text = head + _dumped(_node(value, with_blocks=with_blocks))
        if _says(text, value):
            return text
    raise ValueError("this cannot be written as YAML")


def rewrite_yaml(text: str, value: Mapping[str, Any], *, head: str = "") -> str:
    """A text that says ``value``, made of one that says something else.

    What stays the same stays as it was written, in the order that somebody gave it, and comments
    stay where there is a place for them.
    """
    if _says(text, value):
        return text
    try:
        node = _yaml().load(text)
        if isinstance(node, CommentedMap):
            rewritten = _dumped(_merged(node, value))
            if _says_in_some_order(rewritten, value):
                return rewritten
    except (YAMLError, ValueError, TypeError, RecursionError, AttributeError):
        # There are comments that the library cannot place; what is said goes before them.
        pass
    return write_yaml(value, head=head)


def _says(text: str, value: Any) -> bool:
    try:
        return same(read_yaml(text).value, value)
    except NotReadable:
        return False


def _says_in_some_order(text: str, value: Mapping[str, Any]) -> bool:
    """The same but for the order of the fields of the document itself, which means nothing."""
    try:
        read = read_yaml(text).value
    except NotReadable:
        return False
    return read.keys() == value.keys() and all(same(read[key], value[key]) for key in value)


def same(one: Any, other: Any) -> bool:
    """Whether two plain values are the same, numbers with their types, objects in their order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    # 0.0 is not -0.0 here, as it is not in a text.
    return type(one) is type(other) and repr(one) == repr(other)


def _yaml() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    yaml.Representer = _Representer
    yaml.width = _COLUMNS
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _dumped(node: CommentedMap) -> str:
    out = io.StringIO()
    _yaml().dump(node, out)
    return out.getvalue()


def _node(value: Any, *, with_blocks: bool = True) -> Any:
    """A value as the library writes it as wanted."""
    if isinstance(value, Mapping):
        found = CommentedMap()
        for key, each in value.items():
            found[_key(key)] = _node(each, with_blocks=with_blocks)
        return found
    if isinstance(value, Sequence) and not isinstance(value, str):
        return CommentedSeq(_node(each, with_blocks=with_blocks) for each in value)
    return _text(value, with_blocks=with_blocks) if isinstance(value, str) else value


def _key(key: str) -> Any:
    return key if _is_plain(key) else DoubleQuotedScalarString(key)


def _text(text: str, *, with_blocks: bool) -> Any:
    if _is_plain(text):
        return text
    lines = text.split("\n")
    if not all(each.isprintable() for each in lines):
        return DoubleQuotedScalarString(text)
    if len(lines) > 1:
        # A block cannot begin with a space, and what ends its lines would be seen by nobody.
        is_trimmed = all(each == each.rstrip() for each in lines)
        if with_blocks and is_trimmed and lines[0] and not text.startswith(" "):
            return LiteralScalarString(text)
        return DoubleQuotedScalarString(text)
    return SingleQuotedScalarString(text) if _has_escapes(text) else DoubleQuotedScalarString(text)


def _has_escapes(text: str) -> bool:
    return '"' in text or "\\" in text


def _is_plain(text: str) -> bool:
    return (
        text[:1].isalpha()
        and text == text.rstrip()
        and all(each.isalnum() or each in _PLAIN_SIGNS for each in text)
        and text.isprintable()
        and text.lower() not in _WORDS_OF_OTHERS
    )


def _plain(node: Any) -> Any:
    """The value of a node that the library has read."""
    if isinstance(node, Mapping):
        return {str(key): _plain(each) for key, each in node.items()}
    if isinstance(node, str):
        return str(node)
    if isinstance(node, Sequence):
        return [_plain(each) for each in node]
    if isinstance(node, float):
        return float(node)
    return int(node) if isinstance(node, int) and not isinstance(node, bool) else node


def _merged(node: CommentedMap, value: Mapping[str, Any]) -> CommentedMap:
    """``node``, changed to say ``value``."""
    for key in [each for each in node if str(each) not in value]:
        del node[key]
    known = {str(key): key for key in node}
    for index, (name, wanted) in enumerate(value.items()):
        if name not in known:
            node.insert(index, _key(name), _node(wanted))
            continue
        key = known[name]
        node[key] = _changed(node[key], wanted)
    return node


def _changed(node: Any, wanted: Any) -> Any:
    if same(_plain(node), wanted):
        return node
    if isinstance(node, CommentedMap) and isinstance(wanted, Mapping):
        merged = _merged(node, wanted)
        if [str(key) for key in merged] != list(wanted):
            for name in wanted:
                merged.move_to_end(next(key for key in merged if str(key) == name))
        return merged
    if isinstance(node, CommentedSeq) and isinstance(wanted, list):
        return _changed_list(node, wanted)
    return _node(wanted)


def _changed_list(node: CommentedSeq, wanted: Sequence[Any]) -> CommentedSeq:
    """The items that stay, by their names or else by what they are, keep their comments."""
    waiting = dict(enumerate(node))
    made = CommentedSeq()
    for each in wanted:
        index = next((at for at, old in waiting.items() if _is_same_item(old, each)), None)
        if index is None:
            made.append(_node(each))
            continue
        made.append(_changed(waiting.pop(index), each))
        if index in node.ca.items:
            made.ca.items[len(made) - 1] = node.ca.items[index]
    made.ca.comment = node.ca.comment
    made.fa.set_flow_style() if node.fa.flow_style() else made.fa.set_block_style()
    return made


def _is_same_item(old: Any, wanted: Any) -> bool:
    if isinstance(old, Mapping) and isinstance(wanted, Mapping):
        for name in _ITEM_NAMES:
            if name in old and name in wanted:
                return bool(str(old[name]) == wanted[name])
    return same(_plain(old), wanted)
