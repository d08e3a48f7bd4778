"""What is wanted of a server, from a folder or from another server."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from matsuri.as_code.changes import Wanted
from matsuri.as_code.check_plan import Wrong
from matsuri.as_code.documents import document_of
from matsuri.as_code.folder import DefinitionFile, read_folder
from matsuri.as_code.problems import FileProblem
from matsuri.as_code.references import Key
from matsuri.as_code.server import ServerDefinitions
from matsuri.flags.model import FLAG_KIND
from matsuri.kit.clock import MICROSECONDS


class Source(NamedTuple):
    """Definitions that somebody wants; ``files`` are theirs, where they come from files."""

    wanted: Mapping[Key, Wanted]
    problems: list[FileProblem]
    files: Mapping[Key, DefinitionFile]

    def problem(self, key: Key, text: str, field: str = "") -> str:
        """Something that is wrong with a field of a definition, with its file and line."""
        if key in self.files:
            return str(self.files[key].problem(text, field))
        return f"{key[0]} {key[1]!r}: {text}"

    def wrong(self, wrong: Wrong) -> str:
        """The same of what a server says."""
        return self.problem(wrong.change.key, wrong.text, wrong.field)

    def due(self, now_us: int) -> list[str]:
        """Scheduled changes in files that are over: they count as made, whatever stands above."""
        return [
            self.problem(
                key,
                "this change is due: it counts as made; pull, or take it away",
                f"schedule[{index}]",
            )
            for key, file in self.files.items()
            if file.kind.name == FLAG_KIND
            for index, change in enumerate(file.body.schedule)
            if change.at_time_sec * MICROSECONDS <= now_us
        ]


def from_folder(root: Path) -> Source:
    """What a folder says."""
    folder = read_folder(root)
    wanted = {
        key: Wanted(file.kind, file.name, file.body, file.left_out(), file.given)
        for key, file in folder.files.items()
    }
    return Source(wanted, folder.problems, folder.files)


def from_server(server: ServerDefinitions) -> Source:
    """What another server has."""
    wanted = {
        (kind.name, name): Wanted(
            kind, name, body, frozenset(), frozenset(document_of(kind, name, body))
        )
        for kind, name, body in server.said()
    }
    return Source(wanted, [], {})
