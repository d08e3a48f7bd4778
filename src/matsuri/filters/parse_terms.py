"""What stands between operators: literals, names, calls, and what follows them in brackets."""

from abc import ABC, abstractmethod
from typing import Final

from matsuri.filters.arguments import check_arguments
from matsuri.filters.lex import Token, TokenKind, tokens_of, unknown_token
from matsuri.filters.limits import FilterLimits
from matsuri.filters.problems import FilterError, nearest_name
from matsuri.filters.signatures import ABOUT_PLAYER, LEFT_OUT, SIGNATURES, VARIABLES, Takes
from matsuri.filters.syntax import (
    Array,
    Call,
    Element,
    Index,
    Literal,
    MapLiteral,
    Node,
    OptionalChain,
    Predicate,
    Slice,
    Variable,
)

_CONSTANTS: Final = {"true": True, "false": False, "nil": None}
_OPERATOR_WORDS: Final = frozenset(
    {"and", "or", "not", "in", "matches", "contains", "startsWith", "endsWith"}
)
# Signs that end a value; # is one by itself.
_CLOSING: Final = frozenset({")", "]", "}", "#"})
_PREDICATES: Final = frozenset({Takes.PREDICATE, Takes.CONDITION})
_EXPECTED: Final = "a value, a property or a function"
_SHOWN_CHARS_MAX: Final = 60
# Frames of Python's stack that one level takes are few; expression() and _operation() both count.
_LEVELS_PER_DEPTH: Final = 2


def _shown(written: str) -> str:
    return written if len(written) <= _SHOWN_CHARS_MAX else written[:_SHOWN_CHARS_MAX] + "…"


class TermParser(ABC):
    """A walk over the tokens of one text."""

    def __init__(self, text: str, limits: FilterLimits) -> None:
        if len(text) > limits.characters_max:
            problem = f"the filter has more than {limits.characters_max} characters"
            raise FilterError(problem, text, (limits.characters_max, len(text)))
        self.text = text
        self.limits = limits
        self.predicates = 0
        self.is_condition = False
        self._tokens = tokens_of(text)
        self._place = 0
        self._levels = 0

    @abstractmethod
    def expression(self) -> Node:
        """Everything up to what cannot belong to an expression."""

    @property
    def token(self) -> Token:
        """The token that comes next."""
        return self._tokens[self._place]

    def ahead(self) -> Token:
        """The token after the next."""
        return self._tokens[min(self._place + 1, len(self._tokens) - 1)]

    def advance(self) -> Token:
        """Take the next token, whatever it is."""
        token = self.token
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def is_sign(self, sign: str) -> bool:
        """Whether ``sign`` comes next."""
        return self.token.kind is TokenKind.SIGN and self.token.value == sign

    def take(self, sign: str) -> bool:
        """Take ``sign`` if it comes next."""
        if not self.is_sign(sign):
            return False
        self.advance()
        return True

    def expect(self, sign: str) -> Token:
        """Take ``sign``, which must come next."""
        if not self.is_sign(sign):
            raise self.unexpected(sign)
        return self.advance()

    def enter(self) -> None:
        """One level deeper, within the limit."""
        self._levels += 1
        if self._levels > _LEVELS_PER_DEPTH * self.limits.depth_max:
            raise self.error(f"the filter is nested deeper than {self.limits.depth_max}")

    def leave(self) -> None:
        """One level up again."""
        self._levels -= 1

    def error(self, problem: str, *, expected: str = "", nearest: str = "") -> FilterError:
        """An error at the next token."""
        span = (self.token.start, self.token.end)
        return FilterError(problem, self.text, span, expected=expected, nearest=nearest)

    def unexpected(self, expected: str) -> FilterError:
        """The next token should not be there."""
        token = self.token
        if token.kind is TokenKind.END:
            return self.error("the filter ends too early", expected=expected)
        if token.kind is TokenKind.UNKNOWN:
            return unknown_token(self.text, token.start)
        written = self.text[token.start : token.end]
        if token.kind is TokenKind.WORD and token.value in LEFT_OUT:
            return self.error(f"{written} is not there: {LEFT_OUT[written]}")
        nearest = ""
        if token.kind is TokenKind.WORD and self._after_operand():
            nearest = "" if written in _OPERATOR_WORDS else nearest_name(written, _OPERATOR_WORDS)
        problem = f"{_shown(written)} cannot stand here"
        return self.error(problem, expected=expected, nearest=nearest)

    def _after_operand(self) -> bool:
        """Whether the next token stands where an operator could: what is before it ends a value."""
        if not self._place:
            return False
        before = self._tokens[self._place - 1]
        if before.kind is TokenKind.SIGN:
            return before.value in _CLOSING
        return before.kind is not TokenKind.WORD or before.value not in _OPERATOR_WORDS

    def term(self) -> Node:
        """A value, and the brackets and dots that follow it."""
        token = self.token
        if token.kind in {TokenKind.NUMBER, TokenKind.STRING}:
            self.advance()
            return self._followed(Literal(token.value, start=token.start, end=token.end))
        if token.kind is TokenKind.WORD and token.value not in _OPERATOR_WORDS:
            return self._followed(self._word())
        if self.take("("):
            node = self.expression()
            self.expect(")")
            return self._followed(node)
        if self.is_sign("["):
            return self._followed(self._array())
        if self.is_sign("{"):
            return self._followed(self._map())
        if self.is_sign("#") or self.is_sign("."):
            return self._followed(self._element())
        raise self.unexpected(_EXPECTED)

    def piped_call(self, first: Node) -> Node:
        """The call behind a ``|``, whose first argument stood before it."""
        if self.token.kind is not TokenKind.WORD or self.token.value in _OPERATOR_WORDS:
            raise self.unexpected("a function")
        name = self.advance()
        if not self.is_sign("("):
            raise self.unexpected("(")
        return self._followed(self._call(name, [first]))

    def _element(self) -> Node:
        token = self.token
        if not self.predicates:
            problem = f"{token.value} has no meaning outside of a predicate"
            raise self.error(problem, expected=_EXPECTED)
        if token.value == "#":
            self.advance()
            return Element(start=token.start, end=token.end)
        # The dot itself stays: what follows is a member of the element.
        return Element(start=token.start, end=token.start)

    def _word(self) -> Node:
        token = self.advance()
        name = str(token.value)
        if name in _CONSTANTS:
            return Literal(_CONSTANTS[name], start=token.start, end=token.end)
        if self.is_sign("(") and name not in VARIABLES:
            return self._call(token, [])
        if name in VARIABLES:
            self._refuse_in_condition(token)
            return Variable(name, start=token.start, end=token.end)
        if name in LEFT_OUT:
            raise self._unknown(token, f"{name} is not there: {LEFT_OUT[name]}", "")
        if name in SIGNATURES:
            raise self._unknown(token, f"{name} is a function", SIGNATURES[name].allowed)
        raise self._unknown(token, f"{_shown(name)} is unknown", "")

    def _unknown(self, token: Token, problem: str, expected: str) -> FilterError:
        name = str(token.value)
        known = {*SIGNATURES, *VARIABLES}
        nearest = "" if name in known or name in LEFT_OUT else nearest_name(name, known)
        span = (token.start, token.end)
        return FilterError(problem, self.text, span, expected=expected, nearest=nearest)

    def _refuse_in_condition(self, token: Token) -> None:
        # Conditions are asked when events come, whoever the player is by then.
        if self.is_condition:
            problem = f"{token.value} cannot stand in a condition on events"
            raise self._unknown(token, problem, "what # has, such as #.value")

    def _call(self, name_token: Token, arguments: list[Node]) -> Node:
        name = str(name_token.value)
        signature = SIGNATURES.get(name)
        if signature is None:
            hint = LEFT_OUT.get(name)
            problem = (
                f"{name} is not there: {hint}" if hint else f"there is no function {_shown(name)}"
            )
            raise self._unknown(name_token, problem, "")
        if name in ABOUT_PLAYER:
            self._refuse_in_condition(name_token)
        self.expect("(")
        while not self.is_sign(")"):
            takes = signature.argument(len(arguments)) if signature.takes else Takes.ANY
            is_predicate = takes in _PREDICATES
            if is_predicate:
                arguments.append(self._predicate(is_condition=takes is Takes.CONDITION))
            else:
                arguments.append(self.expression())
            if not self.take(","):
                break
        end = self.expect(")").end
        start = arguments[0].start if arguments else name_token.start
        span = (min(start, name_token.start), end)
        check_arguments(self.text, signature, arguments, (name_token.start, end))
        return Call(name, tuple(arguments), start=span[0], end=span[1])

    def _predicate(self, *, is_condition: bool) -> Predicate:
        self.predicates += 1
        was_condition = self.is_condition
        self.is_condition = was_condition or is_condition
        opening = self.token
        is_braced = self.take("{")
        body = self.expression()
        end = self.expect("}").end if is_braced else body.end
        self.predicates -= 1
        self.is_condition = was_condition
        return Predicate(body, start=opening.start if is_braced else body.start, end=end)

    def _array(self) -> Node:
        opening = self.expect("[")
        items: list[Node] = []
        while not self.is_sign("]"):
            items.append(self.expression())
            if not self.take(","):
                break
        end = self.expect("]").end
        return Array(tuple(items), start=opening.start, end=end)

    def _map(self) -> Node:
        opening = self.expect("{")
        entries: list[tuple[Node, Node]] = []
        while not self.is_sign("}"):
            key = self._key()
            self.expect(":")
            entries.append((key, self.expression()))
            if not self.take(","):
                break
        end = self.expect("}").end
        return MapLiteral(tuple(entries), start=opening.start, end=end)

    def _key(self) -> Node:
        token = self.token
        if self.take("("):
            key = self.expression()
            self.expect(")")
            return key
        if token.kind not in {TokenKind.WORD, TokenKind.STRING, TokenKind.NUMBER}:
            raise self.unexpected("a key")
        self.advance()
        return Literal(str(token.value), start=token.start, end=token.end)

    def _followed(self, node: Node) -> Node:
        is_optional = False
        while self.token.kind is TokenKind.SIGN:
            if self.take("?."):
                is_optional = True
                if self.is_sign("["):
                    node = self._bracketed(node, optional=True)
                else:
                    node = self._member(node, optional=True)
            elif self.take("."):
                node = self._member(node, optional=False)
            elif self.is_sign("["):
                node = self._bracketed(node, optional=False)
            else:
                break
        return OptionalChain(node, start=node.start, end=node.end) if is_optional else node

    def _member(self, base: Node, *, optional: bool) -> Node:
        token = self.token
        if token.kind is not TokenKind.WORD:
            raise self.unexpected("a name")
        self.advance()
        if self.is_sign("("):
            raise self.error(f"{token.value} cannot be called: values have no methods")
        key = Literal(str(token.value), start=token.start, end=token.end)
        return Index(base, key, optional, start=base.start, end=token.end)

    def _bracketed(self, base: Node, *, optional: bool) -> Node:
        self.expect("[")
        first = None if self.is_sign(":") else self.expression()
        if not self.is_sign(":") or optional:
            end = self.expect("]").end
            if first is None:
                raise self.unexpected("an index")
            return Index(base, first, optional, start=base.start, end=end)
        self.expect(":")
        behind = None if self.is_sign("]") else self.expression()
        return Slice(base, first, behind, start=base.start, end=self.expect("]").end)
