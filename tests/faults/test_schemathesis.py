"""Schemathesis reads the server's own OpenAPI document and tries to break what it promises."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.in_process import API_KEY, SERVER_KEY, basic, bearer
from tests.support.served import Served, served

CHECKS = ",".join(  # noqa: FLY002 # one a line
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
    ]
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Served:  # type: ignore[misc]
    with served(tmp_path_factory.mktemp("fuzz") / "data", accept_undeclared="true") as running:
        yield running


GAME = "^/(?!v1/console/)"
# Parts that take about as long as each other.
CONSOLE = ("^/v1/console/[a-g]", "^/v1/console/[h-o]", "^/v1/console/[p-z]")


@pytest.mark.parametrize(
    ("caller", "paths"),
    [
        ("api key", GAME),
        ("player", GAME),
        ("server key", GAME),
        *(("server key", paths) for paths in CONSOLE),
    ],
)
def test_the_server_keeps_its_own_promises(
    server: Served, caller: str, paths: str, tmp_path: Path
) -> None:
    token = server.authenticate(f"player-{caller.replace(' ', '-')}")["token"]
    auth = {
        "api key": basic(API_KEY),
        "server key": basic(SERVER_KEY),
        "player": bearer(token),
    }[caller]
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/openapi.json"]
    command += ["--include-path-regex", paths]
    command += ["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", "15"]
    command += ["--header", f"Authorization: {auth}", "--seed", "1", "--no-color"]
    # Streams have no end.
    command += ["--exclude-path", "/v1/console/event/tail", "--exclude-path", "/ofrep/v1/stream"]
    command += ["--warnings", "off", "--request-timeout", "10", "--continue-on-failure"]
    ran = subprocess.run(
        command, check=False, cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert " passed" in ran.stdout, ran.stdout
