"""Python's ``ast`` nodes for a tree: direct operators where kinds are known, calls elsewhere."""

import ast
from collections.abc import Callable
from typing import Final

from matsuri.filters import values
from matsuri.filters.emit_calls import CallEmitter
from matsuri.filters.evaluate import matches
from matsuri.filters.kinds import constant_members, kind_of
from matsuri.filters.library import ARITHMETIC, WITH_WORK
from matsuri.filters.regex import pattern_of
from matsuri.filters.signatures import Kind
from matsuri.filters.syntax import (
    Array,
    Binary,
    Call,
    ComparisonChain,
    Conditional,
    Element,
    Index,
    Literal,
    Logical,
    MapLiteral,
    Node,
    OptionalChain,
    Predicate,
    Slice,
    Unary,
    Variable,
)

_COMPARISONS: Final[dict[str, type[ast.cmpop]]] = {
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
    "==": ast.Eq,
    "!=": ast.NotEq,
}
_SUMS: Final[dict[str, type[ast.operator]]] = {"+": ast.Add, "-": ast.Sub}
_ORDERED_KINDS: Final = frozenset({Kind.NUMBER, Kind.STRING})
_EQUATED_KINDS: Final = frozenset({Kind.NUMBER, Kind.STRING, Kind.BOOLEAN})
_ATTRIBUTES: Final = {"createTime": "create_time_s", "updateTime": "update_time_s"}


class Emitter(CallEmitter):
    """Makes the function of one tree; ``bound`` is what its names mean."""

    def module(
        self, tree: Node, arguments: tuple[str, ...], *, safely: bool, is_boolean: bool
    ) -> ast.Module:
        """A module that defines ``run``.

        ``safely``: it gives ``True`` or ``False`` whatever the tree does.
        """
        value = self.emit(tree)
        if safely and not is_boolean:
            # Kept under a name, for Python warns of "is" where a constant stands before it.
            kept = self.keeping(self.fresh(), value)
            value = ast.Compare(kept, [ast.Is()], [ast.Constant(True)])
        body: list[ast.stmt] = [ast.Return(value)]
        if self.needs_work and "work" not in arguments:
            body.insert(0, ast.Assign([ast.Name("work", ast.Store())], self.calling(values.Work)))
        if safely:
            refused = ast.ExceptHandler(
                self.name(self.bind(Exception)), None, [ast.Return(ast.Constant(False))]
            )
            body = [ast.Try(body, [refused], [], [])]
        parameters = ast.arguments([], [ast.arg(one) for one in arguments], None, [], [], None, [])
        function = ast.FunctionDef("run", parameters, body, [], None)
        return ast.fix_missing_locations(ast.Module([function], []))

    def emit(self, node: Node) -> ast.expr:  # noqa: PLR0911 - one for each node
        """The expression for ``node``."""
        match node:
            case Literal(value):
                return ast.Constant(value)
            case Variable(name):
                return self.fact(_ATTRIBUTES[name])
            case Element():
                return self.name(self.element)
            case Array(items):
                return self._array(items)
            case MapLiteral(entries):
                parts = [self.emit(part) for entry in entries for part in entry]
                return self.calling(values.map_of, *parts)
            case Slice(base, first, behind):
                ends = [self.emit(end) if end else ast.Constant(None) for end in (first, behind)]
                return self.calling(values.part_of, self.work(), self.emit(base), *ends)
            case Call():
                return self.emit_call(node)
            case Index() | OptionalChain():
                inner = node.inner if isinstance(node, OptionalChain) else node
                return self._chain(inner, lambda value: value)
        return self._operation(node)

    def _operation(self, node: Node) -> ast.expr:
        match node:
            case Unary():
                return self._unary(node)
            case Binary():
                return self._binary(node)
            case Logical(operator, clauses):
                sign = ast.And() if operator == "and" else ast.Or()
                return ast.BoolOp(sign, [self._boolean(one) for one in clauses])
            case ComparisonChain():
                return self._comparison_chain(node)
            case Conditional(test, yes, no):
                return ast.IfExp(self._boolean(test), self.emit(yes), self.emit(no))
            case Predicate(body):
                return self.emit_predicate(body)
        raise TypeError(node)

    def _boolean(self, node: Node) -> ast.expr:
        value = self.emit(node)
        return value if kind_of(node) is Kind.BOOLEAN else self.calling(values.boolean, value)

    def _array(self, items: tuple[Node, ...]) -> ast.expr:
        constants = [one.value for one in items if isinstance(one, Literal)]
        if len(constants) == len(items):
            return self.name(self.bind(tuple(constants)))
        return self.calling(values.array_of, *(self.emit(one) for one in items))

    def _unary(self, node: Unary) -> ast.expr:
        if node.operator == "not":
            return ast.UnaryOp(ast.Not(), self._boolean(node.operand))
        value = self.emit(node.operand)
        if kind_of(node.operand) is not Kind.NUMBER:
            return self.calling(values.negate if node.operator == "-" else values.positive, value)
        return ast.UnaryOp(ast.USub(), value) if node.operator == "-" else value

    def _binary(self, node: Binary) -> ast.expr:  # noqa: PLR0911 - one for each form
        operator = node.operator
        members = constant_members(node)
        left = self.emit(node.left)
        if members is not None:
            return ast.Compare(left, [ast.In()], [self.name(self.bind(members))])
        if operator == "matches" and isinstance(node.right, Literal):
            pattern = self.name(self.bind(pattern_of(str(node.right.value))))
            return self.calling(matches, self.work(), pattern, left)
        right = self.emit(node.right)
        if operator == "??":
            return self._coalesced(left, right)
        kinds = {kind_of(node.left), kind_of(node.right)}
        if operator in {"==", "!="}:
            return self._equality(operator, kinds, left, right)
        if operator in _SUMS and kinds == {Kind.NUMBER}:
            return ast.BinOp(left, _SUMS[operator](), right)
        if operator in WITH_WORK:
            return self.calling(WITH_WORK[operator], self.work(), left, right)
        if operator in _COMPARISONS and len(kinds) == 1 and kinds <= _ORDERED_KINDS:
            return ast.Compare(left, [_COMPARISONS[operator]()], [right])
        return self.calling(ARITHMETIC[operator], left, right)

    def _coalesced(self, left: ast.expr, right: ast.expr) -> ast.expr:
        kept = self.fresh()
        is_there = ast.Compare(self.keeping(kept, left), [ast.IsNot()], [ast.Constant(None)])
        return ast.IfExp(is_there, self.name(kept), right)

    def _equality(
        self, operator: str, kinds: set[Kind], left: ast.expr, right: ast.expr
    ) -> ast.expr:
        if len(kinds) == 1 and kinds <= _EQUATED_KINDS:
            return ast.Compare(left, [_COMPARISONS[operator]()], [right])
        are_equal = self.calling(values.equal, self.work(), left, right)
        return are_equal if operator == "==" else ast.UnaryOp(ast.Not(), are_equal)

    def _comparison_chain(self, node: ComparisonChain) -> ast.expr:
        operands = [self.emit(one) for one in node.operands]
        kinds = {kind_of(one) for one in node.operands}
        if len(kinds) == 1 and kinds <= _ORDERED_KINDS:
            signs = [_COMPARISONS[operator]() for operator in node.operators]
            return ast.Compare(operands[0], signs, operands[1:])
        # Each operand between two operators is kept, so that it is evaluated once.
        left, clauses = operands[0], []
        for operator, operand in zip(node.operators, operands[1:], strict=True):
            kept = self.fresh()
            clauses.append(self.calling(ARITHMETIC[operator], left, self.keeping(kept, operand)))
            left = self.name(kept)
        return ast.BoolOp(ast.And(), clauses)

    def _chain(self, node: Node, around: Callable[[ast.expr], ast.expr]) -> ast.expr:
        """``around`` the value of ``node``; nil where what is before a ``?.`` in it is nil."""
        if isinstance(node, Slice):
            ends = [
                self.emit(end) if end else ast.Constant(None) for end in (node.first, node.behind)
            ]
            return self._chain(
                node.base,
                lambda base: around(self.calling(values.part_of, self.work(), base, *ends)),
            )
        if not isinstance(node, Index):
            return around(self.emit(node))
        key, is_optional = self.emit(node.key), node.optional

        def indexed(base: ast.expr) -> ast.expr:
            if not is_optional:
                return around(self.calling(values.element_of, base, key))
            kept = self.fresh()
            is_nil = ast.Compare(self.keeping(kept, base), [ast.Is()], [ast.Constant(None)])
            inner = around(self.calling(values.element_of, self.name(kept), key))
            return ast.IfExp(is_nil, ast.Constant(None), inner)

        return self._chain(node.base, indexed)
