"""Makes a tree of a filter's text: precedence climbing, as expr-lang's own parser does it."""

from typing import Final

from matsuri.filters.arguments import check_pattern
from matsuri.filters.lex import Token, TokenKind
from matsuri.filters.limits import DEFAULT_LIMITS, FilterLimits
from matsuri.filters.parse_terms import TermParser
from matsuri.filters.syntax import (
    BINARY_PRECEDENCE,
    COMPARISON_PRECEDENCE,
    NEGATABLE,
    ORDERINGS,
    PIPE_PRECEDENCE,
    POWER_PRECEDENCE,
    UNARY_PRECEDENCE,
    Binary,
    ComparisonChain,
    Conditional,
    Node,
    Predicate,
    Unary,
    children,
    logical,
    walk,
)

_NO_OPERATOR: Final = -1


def parse(text: str, limits: FilterLimits = DEFAULT_LIMITS) -> Node:
    """The tree of a filter; raises ``FilterError`` that says where and what was expected."""
    return _checked(_Parser(text, limits), in_predicate=False)


def parse_condition(text: str, limits: FilterLimits = DEFAULT_LIMITS) -> Predicate:
    """The tree of a window's condition, as ``Window.condition`` has it; raises ``FilterError``."""
    body = _checked(_Parser(text, limits), in_predicate=True)
    return Predicate(body, start=body.start, end=body.end)


def _checked(parser: "_Parser", *, in_predicate: bool) -> Node:
    tree = parser.whole(in_predicate=in_predicate)
    depth, level = 0, [tree]
    while level:
        depth += 1
        level = [child for node in level for child in children(node)]
    if depth > parser.limits.depth_max:
        raise parser.error(f"the filter is nested deeper than {parser.limits.depth_max}")
    if sum(1 for _ in walk(tree)) > parser.limits.nodes_max:
        raise parser.error(f"the filter has more than {parser.limits.nodes_max} parts")
    return tree


class _Parser(TermParser):
    """Operators; ``TermParser`` has what stands between them."""

    def whole(self, *, in_predicate: bool) -> Node:
        self.predicates = int(in_predicate)
        self.is_condition = in_predicate
        tree = self.expression()
        if self.token.kind is not TokenKind.END:
            raise self.unexpected("an operator or the end")
        return tree

    def expression(self) -> Node:
        self.enter()
        node = self._operation(PIPE_PRECEDENCE)
        if self.take("?"):
            yes = self.expression()
            self.expect(":")
            no = self.expression()
            node = Conditional(node, yes, no, start=node.start, end=no.end)
        self.leave()
        return node

    def _operation(self, precedence: int) -> Node:
        """Operands with all operators that bind at least as strongly as ``precedence``."""
        self.enter()
        left = self._operand()
        previous = ""
        while True:
            negated = self._says_not() and self._operator(self.ahead()) in NEGATABLE
            operator = self._operator(self.ahead() if negated else self.token)
            if operator == "|" and precedence == PIPE_PRECEDENCE:
                self.advance()
                left = self.piped_call(left)
            elif operator != "|" and BINARY_PRECEDENCE.get(operator, _NO_OPERATOR) >= precedence:
                self._refuse_mixed(previous, operator)
                if negated:
                    self.advance()
                self.advance()
                left = self._combined(left, operator, negated=negated)
            else:
                break
            previous = operator
        self.leave()
        return left

    def _operand(self) -> Node:
        token = self.token
        operator = str(token.value) if token.kind in {TokenKind.SIGN, TokenKind.WORD} else ""
        if operator not in UNARY_PRECEDENCE:
            return self.term()
        self.advance()
        operand = self._operation(UNARY_PRECEDENCE[operator])
        return Unary(operator, operand, start=token.start, end=operand.end)

    def _combined(self, left: Node, operator: str, *, negated: bool) -> Node:
        precedence = BINARY_PRECEDENCE[operator]
        # Powers associate to the right, all others to the left.
        right = self._operation(precedence + (precedence != POWER_PRECEDENCE))
        if operator in {"and", "or"}:
            return logical(operator, left, right)
        if operator in ORDERINGS and self._operator(self.token) in ORDERINGS:
            return self._comparison_chain(left, operator, right)
        if operator == "matches":
            check_pattern(self.text, right)
        node = Binary(operator, left, right, start=left.start, end=right.end)
        return Unary("not", node, start=node.start, end=node.end) if negated else node

    def _comparison_chain(self, left: Node, operator: str, right: Node) -> Node:
        operators, operands = [operator], [left, right]
        while self._operator(self.token) in ORDERINGS:
            operators.append(str(self.token.value))
            self.advance()
            operands.append(self._operation(COMPARISON_PRECEDENCE + 1))
        end = operands[-1].end
        return ComparisonChain(tuple(operators), tuple(operands), start=left.start, end=end)

    def _refuse_mixed(self, previous: str, operator: str) -> None:
        if previous == "??" and operator != "??":
            raise self.error(f"?? and {operator} need parentheses to tell which comes first")

    def _says_not(self) -> bool:
        return self.token.kind is TokenKind.WORD and self.token.value == "not"

    def _operator(self, token: Token) -> str:
        """The operator that the token is, or an empty text."""
        if token.kind not in {TokenKind.SIGN, TokenKind.WORD}:
            return ""
        operator = str(token.value)
        return operator if operator in BINARY_PRECEDENCE or operator == "|" else ""
