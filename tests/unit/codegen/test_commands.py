"""The command, without a server."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from matsuri.codegen.commands import codegen


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    out = folder / "definitions.ts"
    done = CliRunner().invoke(codegen, ["--lang=typescript", f"--out={out}", *arguments], env={})
    return done.exit_code, done.output


def test_a_file_that_stays_the_same_is_not_touched(tmp_path: Path) -> None:
    source, out = tmp_path / "definitions.json", tmp_path / "definitions.ts"
    source.write_text('{"flags": [{"name": "one", "value": "1"}]}')
    assert run(tmp_path, f"--from={source}")[0] == 0
    before = out.stat()
    assert run(tmp_path, f"--from={source}")[0] == 0
    assert out.stat() == before
    source.write_text('{"flags": [{"name": "one", "value": "2"}]}')
    assert run(tmp_path, f"--from={source}") == (
        0,
        "definitions.ts: 1 flags, 0 events, 0 custom properties\n",
    )
    assert out.stat().st_ino != before.st_ino
    assert {each.name for each in tmp_path.iterdir()} == {source.name, out.name}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--from={folder}/wrong.json"], 1, "these are no definitions"),
        (["--server=http://127.0.0.1:1", "--key=k"], 1, "no answer from 127.0.0.1"),
        (["--server=nowhere", "--key=k"], 1, "is no address of a server"),
        ([], 2, "A server needs --key, a file --from."),
    ],
)
def test_what_cannot_be_made_leaves_the_file_as_it_was(
    tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    (tmp_path / "wrong.json").write_text("[]")
    (tmp_path / "definitions.ts").write_text("mine")
    found, output = run(tmp_path, *(each.format(folder=tmp_path) for each in arguments))
    assert found == code
    assert said in output
    assert (tmp_path / "definitions.ts").read_text() == "mine"
