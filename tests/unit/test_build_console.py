"""When the web console is built again: what counts as its source, and what to build it with."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "build-console"
# One beside which there is no Node, unlike that of the environment.
PYTHON = Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}"
FRESH, STALE, NO_NODE = 0, 1, 2

# Stands for npm: an installation leaves its note, a build a page that says how often it was made.
NPM = """#!/bin/sh
if [ "$1" = ci ]; then mkdir -p node_modules; echo installed >> node_modules/.package-lock.json; fi
if [ "$2" = build ]; then
  [ ! -e fails ] || { echo "it is broken"; exit 3; }
  rm -rf ../src/matsuri/web/static; mkdir -p ../src/matsuri/web/static
  echo page > ../src/matsuri/web/static/index.html; echo built >> ../builds
fi
"""


class Checkout:
    """A folder with a ``ui/``, and programs of its own in place of Node's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "programs"
        for each in ("scripts", "ui/src", "src/matsuri/web", "programs"):
            (folder / each).mkdir(parents=True)
        shutil.copy(SCRIPT, folder / "scripts" / "build-console")
        self.write("ui/package-lock.json", "{}")
        self.write("ui/src/main.tsx", "one")
        self.program("npm", NPM)
        self.node("v24.19.0")

    def write(self, path: str, text: str) -> None:
        (self.folder / path).write_text(text)

    def program(self, name: str, text: str) -> None:
        self.write(f"programs/{name}", text)
        (self.programs / name).chmod(0o700)

    def node(self, version: str) -> None:
        self.program("node", f"#!/bin/sh\necho {version}\n")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PYTHON, "-I", "scripts/build-console", *arguments],
            cwd=self.folder,
            env={"PATH": f"{self.programs}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )

    def check(self) -> int:
        return self.run("--check").returncode

    def build(self) -> None:
        done = self.run()
        assert done.returncode == 0, done.stderr

    def count(self, path: str) -> int:
        """How often something was done that leaves a line in a file."""
        return len((self.folder / path).read_text().splitlines())


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_it_is_built_once(checkout: Checkout) -> None:
    assert checkout.check() == STALE
    checkout.build()
    assert checkout.check() == FRESH
    checkout.build()
    assert checkout.count("builds") == 1
    assert checkout.count("ui/node_modules/.package-lock.json") == 1


@pytest.mark.parametrize(
    ("path", "after"),
    [
        ("ui/src/main.tsx", STALE),
        ("ui/src/new.ts", STALE),
        ("ui/index.html", STALE),
        ("ui/src/rows.test.ts", FRESH),
        ("ui/src/schema.d.ts", FRESH),
        ("ui/node_modules/library.js", FRESH),
        ("src/matsuri/web/other.py", FRESH),
    ],
)
def test_it_is_built_again_when_a_source_has_changed(
    checkout: Checkout, path: str, after: int
) -> None:
    checkout.build()
    checkout.write(path, "two")
    assert checkout.check() == after


def test_a_new_lock_is_installed(checkout: Checkout) -> None:
    checkout.build()
    checkout.write("ui/package-lock.json", '{"newer": true}')
    checkout.build()
    assert checkout.count("ui/node_modules/.package-lock.json") == 2


def test_a_build_that_fails_says_why_and_counts_for_nothing(checkout: Checkout) -> None:
    checkout.write("ui/fails", "")
    done = checkout.run()
    assert done.returncode == 1
    assert "it is broken" in done.stderr
    assert checkout.check() == STALE


def test_an_old_node_is_none(checkout: Checkout) -> None:
    checkout.node("v20.18.3")
    assert checkout.check() == NO_NODE
    done = checkout.run()
    assert done.returncode == 1
    assert "Node 20.19" in done.stderr
    checkout.node("v20.19.0")
    assert checkout.check() == STALE


def test_a_build_without_its_sources_is_left_as_it_is(checkout: Checkout) -> None:
    checkout.build()
    shutil.rmtree(checkout.folder / "ui")
    assert checkout.check() == FRESH
    checkout.build()
    shutil.rmtree(checkout.folder / "src/matsuri/web/static")
    assert checkout.run().returncode == 1
