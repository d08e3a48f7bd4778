"""Hundreds of lives ended at chosen points: acknowledged is applied once, everywhere."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_SECONDS_MAX = 300


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_acknowledged_is_applied_once_wherever_it_stops(seed: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.crash_rounds", "--rounds", "84", "--seed", str(seed)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=_SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "84 lives" in done.stdout
