"""What is installed has the web console in it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_wheel_has_the_built_console_and_not_what_it_is_built_from(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--no-deps", "--wheel-dir", tmp_path, ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        names = set(files.namelist())
        page = files.read("matsuri/web/static/index.html").decode()
    assets = {name for name in names if name.startswith("matsuri/web/static/assets/")}
    entry = next(name for name in assets if name.rpartition("/")[2] in page)
    assert {f"{entry}.gz", f"{entry}.br"} <= assets
    assert "matsuri/web/console_site.py" in names
    assert not [name for name in names if "node_modules" in name or name.startswith("ui/")]
