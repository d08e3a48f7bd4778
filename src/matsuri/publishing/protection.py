"""What is not changed without the approval of others. Pure."""

from collections.abc import Collection
from typing import Any, NamedTuple

from matsuri.definitions.model import Definition
from matsuri.errors import FailedPrecondition

_KEY_PREFIX = "server_key:"


class Approvals(NamedTuple):
    """Which definitions are protected: those of ``kinds``, and those with any of ``labels``.

    ``needed`` others have to approve a change of them. ``keys_exempt`` lets server keys change them
    without, and ``rollbacks_exempt`` everybody who takes back what was published.
    """

    kinds: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    needed: int = 1
    keys_exempt: bool = False
    rollbacks_exempt: bool = True

    def protects(self, before: Definition[Any] | None, after: Definition[Any] | None) -> bool:
        """Whether this change needs approval; whoever takes a label away needs it, too."""
        return any(
            each.kind in self.kinds or not self.labels.isdisjoint(_labels(each))
            for each in (before, after)
            if each is not None
        )

    def check(
        self, before: Definition[Any] | None, after: Definition[Any] | None, author: str
    ) -> None:
        """Raise ``FailedPrecondition`` for a change that nobody has approved."""
        if self.keys_exempt and author.startswith(_KEY_PREFIX):
            return
        if self.protects(before, after):
            definition = after or before
            name = "" if definition is None else f"{definition.kind} {definition.name!r}"
            raise FailedPrecondition(
                f"{name} is not changed without approval: put the change into a change set "
                "(POST /v1/console/change-set) and submit it",
                details=[{"approval": "needed"}],
            )


def _labels(definition: Definition[Any]) -> Collection[str]:
    labels: Collection[str] = getattr(definition.body, "labels", ())
    return labels
