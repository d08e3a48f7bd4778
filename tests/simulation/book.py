"""The book of places in memory: what ``EnrolmentBook`` promises, and nothing besides.

Each place is given once and kept, no more than there may be, and never beside one that it does not
go with. Each exposure is told once. That a part is full is remembered for a while.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from matsuri.enrolments.model import NO_ENROLMENTS, Admission, Enrolment, Enrolments, Part
from matsuri.kit.clock import MICROSECONDS

FULL_SECONDS = 600


class Exposure(NamedTuple):
    """That the log was told of somebody's place in a part."""

    person: int
    part: Part
    variant: str
    at_us: int


class MemoryBook:
    """Places by the number of the player."""

    def __init__(self) -> None:
        self.held: dict[int, dict[Part, Enrolment]] = {}
        self.counts: Counter[Part] = Counter()
        self.exposures: list[Exposure] = []
        self._full: dict[Part, int] = {}

    def of(self, person: int, now_us: int) -> Enrolments:
        """What somebody takes part in, and what is full."""
        for part in [each for each, until_us in self._full.items() if until_us <= now_us]:
            del self._full[part]
        held = self.held.get(person)
        if held is None and not self._full:
            return NO_ENROLMENTS
        return Enrolments(held or {}, frozenset(self._full))

    def forget_full(self) -> None:
        """Other definitions hold: perhaps there are more places now."""
        self._full.clear()

    def admit(self, person: int, admissions: Sequence[Admission], now_us: int) -> None:
        """Give the places that there are."""
        held = self.held.setdefault(person, {})
        for admission in admissions:
            part = admission.part
            if part in held or _excluded(admission, held):
                continue
            if admission.participants_max and self.counts[part] >= admission.participants_max:
                self._full[part] = now_us + FULL_SECONDS * MICROSECONDS
                continue
            held[part] = Enrolment(
                part=part,
                enrolled_us=now_us,
                variant=admission.variant,
                time_zone=admission.time_zone,
            )
            self.counts[part] += 1
            if admission.exposure is not None:
                self.exposures.append(
                    Exposure(person, part, admission.exposure["variantName"], now_us)
                )


def _excluded(admission: Admission, held: Collection[Part]) -> bool:
    return any(each in held for each in admission.not_with)
