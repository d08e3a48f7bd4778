"""How often Python looks for garbage that only a collection finds."""

import gc

_ALLOCATIONS = 50_000


def collect_rarely() -> None:
    """Let collections be rare from now on, and leave out what is loaded now, which lives for ever.

    A full collection looks at everything that is in memory, and every thread of the process waits
    for it: with many profiles and definitions that is a tenth of a second or more. What comes and
    goes here has no cycles, as a rule, and needs no collection to go.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, 20, 100)
