"""Cuts the text of a filter into tokens."""

import math
import re
from enum import Enum, auto
from typing import Final, NamedTuple

from matsuri.filters.limits import INTEGER_MAX
from matsuri.filters.problems import FilterError


class TokenKind(Enum):
    """What a token is."""

    NUMBER = auto()
    STRING = auto()
    WORD = auto()
    SIGN = auto()
    UNKNOWN = auto()
    END = auto()


class Token(NamedTuple):
    """A word, sign or literal: ``value`` is the number or text that a literal means."""

    kind: TokenKind
    value: str | int | float
    start: int
    end: int


_TOKEN: Final = re.compile(
    r"""(?P<skipped>\s+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)
    |(?P<based>0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+)
    |(?P<decimal>(?:[0-9][0-9_]*(?:\.[0-9][0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)
    |(?P<word>[^\W\d]\w*)
    |(?P<quoted>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<raw>`[^`]*`)
    |(?P<sign>\?\.(?![0-9])|\?\?|\*\*|\.\.|==|!=|<=|>=|&&|\|\||/(?!\*)|[-+*%^<>!?:.,|\#(){}\[\]])""",
    re.VERBOSE,
)
_ESCAPE: Final = re.compile(
    r"\\(?:(?P<simple>[abfnrtv\\'\"`])|x(?P<two>[0-9a-fA-F]{2})|u(?P<four>[0-9a-fA-F]{4})"
    r"|U(?P<eight>[0-9a-fA-F]{8})|(?P<octal>[0-3][0-7]{2}))"
)
_SIMPLE_ESCAPES: Final = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
}  # fmt: skip
_SAME_SIGN: Final = {"&&": "and", "||": "or", "!": "not", "^": "**"}
_UNFINISHED: Final = {'"': "a string", "'": "a string", "`": "a string", "/*": "a comment"}


def tokens_of(text: str) -> list[Token]:
    """All tokens, the last of kind ``END``; raises ``FilterError``.

    Signs that mean the same as a word are told as that word: ``&&`` as ``and``. What is no token
    is the last but one, of kind ``UNKNOWN``: something before it may be the greater mistake.
    """
    tokens: list[Token] = []
    offset = 0
    while offset < len(text):
        found = _TOKEN.match(text, offset)
        if found is None:
            tokens.append(Token(TokenKind.UNKNOWN, "", offset, len(text)))
            break
        if found.lastgroup != "skipped":
            tokens.append(_token(text, found))
        offset = found.end()
    tokens.append(Token(TokenKind.END, "", len(text), len(text)))
    return tokens


def _token(text: str, found: re.Match[str]) -> Token:
    kind, part, span = found.lastgroup, found[0], found.span()
    if kind == "word":
        return Token(TokenKind.WORD, part, *span)
    if kind == "sign":
        return Token(TokenKind.SIGN, _SAME_SIGN.get(part, part), *span)
    if kind == "raw":
        return Token(TokenKind.STRING, part[1:-1], *span)
    if kind == "quoted":
        return Token(TokenKind.STRING, _unescaped(text, *span), *span)
    return Token(TokenKind.NUMBER, _number(text, part, span), *span)


def _number(text: str, part: str, span: tuple[int, int]) -> int | float:
    following = text[span[1] : span[1] + 1]
    digits = part.replace("_", "")
    if following.isalnum() or following == "_" or digits in {"0x", "0X", "0o", "0O", "0b", "0B"}:
        raise FilterError("this is not a number", text, span, expected="a number such as 1_000.5")
    if digits[1:2] in set("xXoObB"):
        number: int | float = int(digits, 0)
    elif any(sign in digits for sign in ".eE"):
        number = float(digits)
    else:
        number = int(digits) if len(digits) <= len(str(INTEGER_MAX)) else INTEGER_MAX + 1
    if isinstance(number, int) and number > INTEGER_MAX:
        raise FilterError("this integer is too large", text, span, expected="at most 2**63 - 1")
    if not math.isfinite(number):
        raise FilterError("this number is too large", text, span)
    return number


def _unescaped(text: str, start: int, end: int) -> str:
    parts: list[str] = []
    offset = start + 1
    while offset < end - 1:
        if text[offset] != "\\":
            stop = text.find("\\", offset, end - 1)
            stop = end - 1 if stop == -1 else stop
            parts.append(text[offset:stop])
            offset = stop
            continue
        found = _ESCAPE.match(text, offset)
        character = _character(found) if found else None
        if found is None or character is None:
            raise FilterError(
                "this escape sequence is unknown",
                text,
                (offset, min(offset + 2, end)),
                expected=r"\n, \t, \\, \", \u00e9 and their kin",
            )
        parts.append(character)
        offset = found.end()
    return "".join(parts)


def _character(found: re.Match[str]) -> str | None:
    simple = found["simple"]
    if simple:
        return _SIMPLE_ESCAPES.get(simple, simple)
    if found["octal"]:
        return chr(int(found["octal"], 8))
    code = int(found["two"] or found["four"] or found["eight"], 16)
    is_character = code < 0xD800 or 0xDFFF < code < 0x110000  # noqa: PLR2004 - Unicode's bounds
    return chr(code) if is_character else None


def unknown_token(text: str, offset: int) -> FilterError:
    """What is wrong where a token of kind ``UNKNOWN`` begins."""
    for sign, what in _UNFINISHED.items():
        if text.startswith(sign, offset):
            return FilterError(f"{what} begins here and does not end", text, (offset, len(text)))
    problem = f"the character {text[offset]!r} has no meaning here"
    expected = "==" if text[offset] == "=" else ""
    return FilterError(problem, text, (offset, offset + 1), expected=expected)
