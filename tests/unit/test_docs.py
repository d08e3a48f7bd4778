"""The documents say what is true: generated ones are fresh, links lead somewhere, examples run."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from matsuri.config import setting_docs
from tests.support.in_process import API_KEY, SERVER_KEY, basic
from tests.support.served import served

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
WAIT_SECONDS_MAX = 5.0

_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_LOG_LINE = re.compile(r'logger\.(?:warning|error|exception)\(\s*"([^"]+)"')
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")
# A marked shell block, and the JSON block that shows its answer if one follows.
_TESTED = re.compile(
    r"<!-- tested -->\n```sh\n(?P<code>.*?)^```\n(?:\n```json\n(?P<answer>.*?)^```)?",
    re.MULTILINE | re.DOTALL,
)


def anchors(page: Path) -> set[str]:
    headings = _HEADING.findall(_CODE.sub("", page.read_text("utf-8")))
    return {_NOT_IN_ANCHORS.sub("", text.lower()).strip().replace(" ", "-") for text in headings}


def shows(answer: Any, shown: Any) -> bool:
    """Whether the answer has all that is shown; `…` stands for any text."""
    if isinstance(shown, dict):
        return isinstance(answer, dict) and all(
            name in answer and shows(answer[name], part) for name, part in shown.items()
        )
    if isinstance(shown, list):
        return (
            isinstance(answer, list)
            and len(answer) == len(shown)
            and all(shows(one, other) for one, other in zip(answer, shown, strict=True))
        )
    return bool(answer == shown) or (shown == "…" and isinstance(answer, str) and answer != "")


def test_generated_pages_are_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/generate-docs", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(_CODE.sub("", page.read_text("utf-8"))):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}"


def test_every_page_is_in_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / link).resolve() for link in _LINK.findall(index.read_text("utf-8"))}
    pages = {page for page in ROOT.glob("docs/**/*.md") if page.parent.name != "decisions"}
    assert pages - {index} <= linked
    decisions = ROOT / "docs" / "decisions"
    listed = (decisions / "README.md").read_text("utf-8")
    for page in decisions.glob("0*.md"):
        assert f"]({page.name})" in listed, page.name


def test_every_setting_has_a_text_and_a_row() -> None:
    page = (ROOT / "docs" / "reference" / "configuration.md").read_text("utf-8")
    for setting in setting_docs():
        assert setting.text, f"{setting.name} has no description"
        assert f"| `{setting.name}` | `{setting.variable}` |" in page


def test_every_endpoint_is_in_the_compatibility_table() -> None:
    page = (ROOT / "docs" / "compatibility.md").read_text("utf-8")
    document = json.loads((ROOT / "docs" / "reference" / "openapi.json").read_text("utf-8"))
    for path, methods in document["paths"].items():
        for method in methods:
            row = re.search(rf"^\| `{method.upper()} {re.escape(path)}` \|.*$", page, re.MULTILINE)
            assert row is not None, f"{method.upper()} {path} is missing"
            assert "| yes |" in row[0], f"{method.upper()} {path} exists"


def test_every_warning_is_explained_to_operators() -> None:
    page = (ROOT / "docs" / "operate" / "running.md").read_text("utf-8")
    for source in (ROOT / "src").rglob("*.py"):
        for text in _LOG_LINE.findall(source.read_text("utf-8")):
            # The page may say the beginning of a long line.
            assert f"`{text.split(';')[0]}" in page, f"{source.name}: {text}"


def follow(examples: list[re.Match[str]], variables: dict[str, str]) -> None:
    """Run the examples in their order; each answer must be as shown."""
    for example in examples:
        code = example["code"]
        if example["answer"] is None:
            # It sets variables for the blocks that follow.
            lines = run(f"set -a\n{code}\nenv -0", variables).split("\0")
            variables = dict(line.split("=", 1) for line in lines if line)
            continue
        shown = json.loads(example["answer"])
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        answer = json.loads(run(code, variables))
        # What the pipeline does with events comes a moment after their answer.
        while not shows(answer, shown) and code.count("-d ") == 0:
            assert time.monotonic() < deadline, f"{code}: {answer}"
            time.sleep(0.05)
            answer = json.loads(run(code, variables))
        assert shows(answer, shown), f"{code}: {answer}"


@pytest.mark.parametrize(
    ("page", "least"),
    [
        ("README.md", 5),
        ("docs/guides/targeting.md", 5),
        ("docs/guides/flags.md", 5),
        ("docs/guides/experiments.md", 14),
        ("docs/guides/live-events.md", 14),
        ("docs/guides/time-machine.md", 10),
    ],
    ids=str,
)
def test_the_examples_of(page: str, least: int, tmp_path: Path) -> None:
    examples = list(_TESTED.finditer((ROOT / page).read_text("utf-8")))
    assert len(examples) >= least
    variables = {"PATH": os.environ["PATH"], "API_KEY": API_KEY, "SERVER_KEY": SERVER_KEY}
    with served(tmp_path / "data") as server:
        follow(examples, {**variables, "URL": server.url})


def test_the_examples_of_import_and_export(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "guides" / "import-and-export.md").read_text("utf-8")
    examples = list(_TESTED.finditer(guide))
    assert len(examples) == 4
    with served(tmp_path / "data") as server:
        variables = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "URL": server.url,
            "MATSURI_API_KEY": API_KEY,
            "MATSURI_SERVER_KEY": SERVER_KEY,
        }
        for example in examples:
            run(f"cd {tmp_path}\n{example['code']}", variables)
    for name in ("january.parquet", "purchases.csv", "player-0001.json"):
        assert (tmp_path / name).stat().st_size > 0


def test_the_example_of_typed_code(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "guides" / "codegen.md").read_text("utf-8")
    (example,) = _TESTED.finditer(guide)
    with served(tmp_path / "data") as server:
        variables = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "URL": server.url,
            "MATSURI_SERVER_KEY": SERVER_KEY,
        }
        run(f"cd {tmp_path}\n{example['code']}", variables)
    assert "minBuildNumber" in (tmp_path / "definitions.ts").read_text("utf-8")
    assert "min_build_number" in (tmp_path / "definitions.hpp").read_text("utf-8")
    assert "MinBuildNumber" in (tmp_path / "Definitions.cs").read_text("utf-8")
    assert "MIN_BUILD_NUMBER" in (tmp_path / "definitions.gd").read_text("utf-8")


def test_the_examples_of_definitions_as_code(tmp_path: Path) -> None:
    guide = (ROOT / "docs" / "guides" / "definitions-as-code.md").read_text("utf-8")
    first, second = _TESTED.finditer(guide)
    with served(tmp_path / "data") as server, served(tmp_path / "other") as other:
        variables = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "URL": server.url,
            "OTHER_URL": other.url,
            "MATSURI_SERVER_KEY": SERVER_KEY,
        }
        run(f"cd {tmp_path}\n{first['code']}", variables)
        run(f"cd {tmp_path}\n{second['code']}", variables)
        for each in (server, other):
            label = each.request("GET", "/v1/console/taxonomy/label/shop", auth=basic(SERVER_KEY))
            assert label.json["colour"] == "#00aa55"


def run(code: str, variables: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-c", f"set -euo pipefail\n{code}"],  # noqa: S607 # the reader's own shell
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
