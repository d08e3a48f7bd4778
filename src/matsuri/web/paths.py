"""Paths with open segments: which one a path is, and what stands in its open places. Pure."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_OPEN = "{}"
_VALUE = "."  # No segment: paths are cut at slashes, and this key is looked up by nobody.
_SEGMENT_CHARS_MAX = 512


class PathTree(Generic[T]):
    """Finds the values of paths such as ``/v1/console/flag/{id}``.

    A segment that is spelled out goes before an open one.
    """

    def __init__(self, values: Mapping[str, T]) -> None:
        self._root: dict[str, Any] = {}
        for path, value in values.items():
            node = self._root
            names = []
            for segment in path.strip("/").split("/"):
                if segment.startswith("{"):
                    names.append(segment.strip("{}"))
                    node = node.setdefault(_OPEN, {})
                else:
                    node = node.setdefault("/" + segment, {})
            node[_VALUE] = (tuple(names), value)

    def find(self, path: str) -> tuple[T | None, dict[str, str]]:
        """The value for ``path`` and its open segments by name; ``None`` where none fits."""
        segments = path.strip("/").split("/")
        found = _find(self._root, segments, 0)
        if found is None:
            return None, {}
        (names, value), given = found
        return value, dict(zip(names, given, strict=True))


def _find(node: Mapping[str, Any], segments: list[str], index: int) -> Any:
    if index == len(segments):
        here = node.get(_VALUE)
        return None if here is None else (here, [])
    segment = segments[index]
    spelled = node.get("/" + segment)
    if spelled is not None:
        found = _find(spelled, segments, index + 1)
        if found is not None:
            return found
    left_open = node.get(_OPEN)
    if left_open is None or not segment or len(segment) > _SEGMENT_CHARS_MAX:
        return None
    found = _find(left_open, segments, index + 1)
    if found is None:
        return None
    here, given = found
    return here, [segment, *given]
