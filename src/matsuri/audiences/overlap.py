"""Whether things that are for audiences may be for the same player. Pure."""

from collections.abc import Collection
from typing import NamedTuple


class Targeting(NamedTuple):
    """Whom something is for: who is in any of ``audiences``, or everybody where there are none.

    But for those who are in any of ``exclude_audiences``.
    """

    audiences: Collection[str] = ()
    exclude_audiences: Collection[str] = ()


def may_intersect(*every: Targeting) -> bool:
    """Whether there may be a player whom all are for.

    ``False`` is certain. What audiences have to do with each other is not looked at: of several of
    them, any player may be in all.
    """
    kept_out = {name for each in every for name in each.exclude_audiences}
    return all(
        not each.audiences or any(name not in kept_out for name in each.audiences) for each in every
    )
