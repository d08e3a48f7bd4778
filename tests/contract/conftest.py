from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.sdk import Call, Sdk, in_chromium, in_node
from tests.support.in_process import API_KEY
from tests.support.served import Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("contract") / "data"
    with served(folder, accept_undeclared=True, log_requests=True) as running:
        yield running


@pytest.fixture(scope="module", params=["node", "node-polyfilled-fetch", "chromium"])
def host(request: pytest.FixtureRequest) -> Iterator[Call]:
    where = {
        "node": lambda: in_node("own-fetch"),
        "node-polyfilled-fetch": lambda: in_node("polyfilled-fetch"),
        "chromium": in_chromium,
    }[request.param]
    with where() as call:
        yield call


@pytest.fixture
def sdk(host: Call, server: Served) -> Sdk:
    return Sdk(host, api_key=API_KEY, port=server.port)
