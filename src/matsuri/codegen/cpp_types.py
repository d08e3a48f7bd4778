"""Types of C++ for shapes, with how they are read and written. Pure."""

from collections.abc import Mapping

from matsuri.codegen.lines import comment_lines, indented
from matsuri.codegen.names import identifiers, pascal, snake
from matsuri.codegen.shapes import (
    AnyJson,
    Choice,
    Field,
    ListOf,
    Nullable,
    Number,
    Record,
    Shape,
    Text,
    Truth,
    Whole,
)

INDENT = "  "
# Words of C++17 and C++20, and macros in small letters that compilers and C libraries have.
_WORDS = (
    "alignas alignof and and_eq asm assert auto bitand bitor bool break case catch char "
    "char8_t char16_t char32_t class co_await co_return co_yield compl concept const "
    "const_cast consteval constexpr constinit continue decltype default delete do double "
    "dynamic_cast else enum errno explicit export extern false far float for friend goto "
    "i386 if inline int linux long major minor mutable namespace near new noexcept not "
    "not_eq nullptr operator or or_eq private protected public register reinterpret_cast "
    "requires return setjmp short signed sizeof small static static_assert static_cast "
    "stderr stdin stdout struct switch template this thread_local throw true try typedef "
    "typeid typename union unix unsigned using va_arg va_copy va_end va_start virtual "
    "void volatile wchar_t while xor xor_eq interface offsetof std detail "
)
RESERVED = frozenset(_WORDS.split())
_CHUNK_BYTES = 1000
_PLAIN: Mapping[type[Shape], str] = {
    Text: "std::string",
    Number: "double",
    Whole: "std::int64_t",
    Truth: "bool",
    AnyJson: "Json",
}


def comment(text: str) -> list[str]:
    """``text`` as lines of comment."""
    return [f"/// {line}" for line in comment_lines(text)]


def literal(text: str) -> str:
    """``text`` as a literal of ASCII, in pieces that all compilers take."""
    data = text.encode()
    pieces = [data[at : at + _CHUNK_BYTES] for at in range(0, len(data), _CHUNK_BYTES)] or [b""]
    return " ".join('"' + "".join(_escaped(byte) for byte in piece) + '"' for piece in pieces)


def _escaped(byte: int) -> str:
    char = chr(byte)
    # A question mark may begin a trigraph. Three octal digits end by themselves, hexadecimal not.
    if char in '"\\?' or not " " <= char <= "~":
        return f"\\{byte:03o}"
    return char


def view(text: str) -> str:
    """``text`` as a ``std::string_view``, with NULs if it has some."""
    return f"std::string_view({literal(text)}, {len(text.encode())})"


def string(text: str) -> str:
    """``text`` as a ``std::string``."""
    return f"std::string({literal(text)}, {len(text.encode())})"


def type_of(shape: Shape, name: str) -> str:
    """The type of a shape; ``name`` is that of the struct or enum if it needs one."""
    match shape:
        case ListOf(item):
            return f"std::vector<{type_of(item, f'{name}_Item')}>"
        case Nullable(of):
            return f"std::optional<{type_of(of, name)}>"
        case Record() | Choice():
            return name
        case _:
            return _PLAIN[type(shape)]


def declared(shape: Shape, name: str) -> list[str]:
    """The struct or enum that ``shape`` needs, if any."""
    match shape:
        case ListOf(item):
            return declared(item, f"{name}_Item")
        case Nullable(of):
            return declared(of, name)
        case Choice(values):
            known = identifiers(values, snake, RESERVED)
            return [
                f"enum class {name} {{",
                *indented([f"{known[each]}," for each in values], INDENT),
                "};",
            ]
        case Record(fields):
            return _struct(fields, name)
        case _:
            return []


def members_of(fields: tuple[Field, ...]) -> dict[str, str]:
    """The name of each field's member."""
    return identifiers((each.name for each in fields), snake, RESERVED)


def types_of(fields: tuple[Field, ...]) -> dict[str, str]:
    """The name of each field's own struct or enum, if it needs one."""
    known = identifiers((each.name for each in fields), pascal)
    return {name: f"{identifier}_Type" for name, identifier in known.items()}


def _struct(fields: tuple[Field, ...], name: str) -> list[str]:
    members, types = members_of(fields), types_of(fields)
    body: list[str] = []
    for field in fields:
        body += declared(field.shape, types[field.name])
    for field in fields:
        type_ = type_of(field.shape, types[field.name])
        if not field.required and not isinstance(field.shape, Nullable):
            type_ = f"std::optional<{type_}>"
        body += [*comment(field.description), f"{type_} {members[field.name]}{{}};"]
    return [f"struct {name} {{", *indented(body, INDENT), "};"]


def functions(shape: Shape, name: str, full_name: str = "") -> list[str]:
    """What reads and writes the struct or enum of ``shape``, and those in it."""
    full_name = full_name or name
    match shape:
        case ListOf(item):
            return functions(item, f"{name}_Item", f"{full_name}_Item")
        case Nullable(of):
            return functions(of, name, full_name)
        case Choice(values):
            return _choice_functions(values, full_name)
        case Record(fields):
            types = types_of(fields)
            inner = [
                line
                for each in fields
                for line in functions(
                    each.shape, types[each.name], f"{full_name}::{types[each.name]}"
                )
            ]
            return [*inner, *_record_functions(fields, full_name)]
        case _:
            return []


def _choice_functions(values: tuple[str, ...], name: str) -> list[str]:
    known = identifiers(values, snake, RESERVED)
    lines = [
        "/// The text of it; empty for what is none of them.",
        f"inline std::optional<std::string> text_of({name} choice) {{",
        "  switch (choice) {",
    ]
    lines += [f"    case {name}::{known[each]}: return {string(each)};" for each in values]
    lines += [
        "  }",
        "  return std::nullopt;",
        "}",
        f"inline bool choose(std::string_view text, {name}& into) {{",
    ]
    lines += [
        f"  if (text == {view(each)}) {{ into = {name}::{known[each]}; return true; }}"
        for each in values
    ]
    return [
        *lines,
        "  return false;",
        "}",
        f"inline bool read(const Json& json, {name}& into) {{",
        "  return json.kind == Json::Kind::text && choose(json.text, into);",
        "}",
        f"inline void write(std::string& out, {name} choice) {{",
        "  detail::write(out, text_of(choice));",
        "}",
    ]


def _record_functions(fields: tuple[Field, ...], name: str) -> list[str]:
    members = members_of(fields)
    lines = [
        f"inline bool read(const Json& json, {name}& into) {{",
        "  static_cast<void>(into);",
        "  if (json.kind != Json::Kind::object) return false;",
    ]
    for field in fields:
        nullable = "true" if isinstance(field.shape, Nullable | AnyJson) else "false"
        call = f"(json, {view(field.name)}, into.{members[field.name]}"
        how = f"read_required{call})" if field.required else f"read_optional{call}, {nullable})"
        lines.append(f"  if (!detail::{how}) return false;")
    lines += [
        "  return true;",
        "}",
        f"inline void write(std::string& out, const {name}& value) {{",
        "  static_cast<void>(value);",
        "  bool first = true;",
        "  static_cast<void>(first);",
        "  out.push_back('{');",
    ]
    for field in fields:
        member = f"value.{members[field.name]}"
        begin = "" if field.required else f"if ({member}.has_value()) "
        lines.append(f"  {begin}detail::write_member(out, first, {string(field.name)}, {member});")
    return [*lines, "  out.push_back('}');", "}"]
