"""What is wrong with a file, and where. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

Place = tuple[str | int, ...]
Lines = Mapping[Place, int]


class FileProblem(NamedTuple):
    """What is wrong with a file; ``line`` counts from 1, and is 0 for the file as a whole."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.text}"


def line_of(lines: Lines, place: Place) -> int:
    """The line of what is at that place, or of the nearest around it; 1 where none is known."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def place_of(field: str) -> Place:
    """The place of a field such as ``variants[0].audiences``."""
    steps: list[str | int] = []
    for name in field.replace("[", ".[").split("."):
        if name.startswith("[") and name.endswith("]") and name[1:-1].isdigit():
            steps.append(int(name[1:-1]))
        elif name:
            steps.append(name)
    return tuple(steps)


def field_of(place: Place) -> str:
    """The field of a place."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return text.removeprefix(".")
