"""Makes Python functions of trees: the nodes of ``emit``, compiled and given their names."""

from types import CodeType
from typing import Any

from matsuri.filters.emit import Emitter
from matsuri.filters.kinds import kind_of
from matsuri.filters.signatures import Kind
from matsuri.filters.syntax import Node


def build(tree: Node, arguments: tuple[str, ...], *, safely: bool) -> Any:
    """A function of ``arguments`` that gives the value of ``tree``.

    ``facts`` is the player, ``e0`` what ``#`` is, ``now`` the second that ``Now()`` gives in place
    of the facts' own, and ``work`` the steps that are left, where it shall not have all of them to
    itself. ``safely``: it gives ``True`` or ``False`` and never raises.
    """
    emitter = Emitter(
        element="e0" if "e0" in arguments else "", now="now" if "now" in arguments else ""
    )
    is_boolean = kind_of(tree) is Kind.BOOLEAN
    module = emitter.module(tree, arguments, safely=safely, is_boolean=is_boolean)
    code: CodeType = compile(module, "<filter>", "exec")
    names: dict[str, Any] = {"__builtins__": {}, **emitter.bound}
    exec(code, names)  # noqa: S102 - the code is made of nodes that stand in emit.py
    return names["run"]
