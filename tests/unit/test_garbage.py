"""Collections are rare where a pause would hold everything up."""

import subprocess
import sys

_ASK = """
import gc
from matsuri.kit.garbage import collect_rarely
full = []
gc.callbacks.append(lambda phase, info: full.append(info["generation"] == 2))
collect_rarely()
full.clear()
kept = [[number] for number in range(400_000)]
print(gc.get_freeze_count() > 1000, sum(full))
"""


def test_what_is_loaded_is_left_out_and_full_collections_are_rare() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _ASK], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.split() == ["True", "0"]
