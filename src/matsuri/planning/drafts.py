"""What definitions would be by changes that are only proposed. Pure."""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from matsuri.definitions.changes import Change, changed_catalog
from matsuri.definitions.model import Catalog, Edit
from matsuri.errors import MatsuriError


class ChangeAction(StrEnum):
    """What is to become of a definition."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Proposal(NamedTuple):
    """A change to be tried; ``forced`` where it may spoil something."""

    change: Change
    forced: bool = False


class Moment(NamedTuple):
    """By which definitions to decide: those of a version, or of a time, or else as they are.

    ``proposals`` are tried on them.
    """

    version: int | None = None
    time_us: int | None = None
    proposals: Sequence[Proposal] = ()

    @property
    def is_now(self) -> bool:
        """Whether what decides now decides."""
        return self.version is None and self.time_us is None and not self.proposals


def drafted_catalog(
    catalog: Catalog,
    proposals: Sequence[Proposal],
    *,
    author: str,
    now_us: int,
    definitions_max: int,
) -> Catalog:
    """All definitions of ``catalog`` after ``proposals``, each checked as if it were made.

    Raises what ``definitions.changes.steps`` raises; the error names the change by its index.
    """
    for index, proposal in enumerate(proposals):
        edit = Edit(now_us, author, forced=proposal.forced)
        try:
            catalog = changed_catalog(
                catalog, [proposal.change], edit, definitions_max=definitions_max
            )
        except MatsuriError as error:
            raise within(error, f"changes[{index}].definition") from None
    return catalog


def within(error: MatsuriError, place: str) -> MatsuriError:
    """The same error about what is at ``place`` in the request."""
    details = [
        # What names a kind is about a field of another definition.
        detail if "kind" in detail else {**detail, "field": _joined(place, detail.get("field"))}
        for detail in error.details
    ]
    return type(error)(f"{place}: {error.message}", details=details or [{"field": place}])


def _joined(place: str, field: str | None) -> str:
    return f"{place}.{field}" if field else place
