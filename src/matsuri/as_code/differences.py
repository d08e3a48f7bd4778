"""How two documents differ, field by field. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from matsuri.as_code.write_yaml import same

_ITEM_NAMES = ("name", "flag")


class _Nothing:
    """That there is nothing at a place."""

    def __repr__(self) -> str:
        return "nothing"


NOTHING = _Nothing()


class Difference(NamedTuple):
    """What differs at a place; ``NOTHING`` where one of the two has nothing there.

    Items of lists go by their names where they have any.
    """

    path: str
    before: Any
    after: Any


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Everything that differs, from the whole to its parts as far as both have them."""
    if same(before, after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        keys = dict.fromkeys((*before, *after))
        for key in keys:
            place = f"{path}.{key}" if path else key
            yield from differences(before.get(key, NOTHING), after.get(key, NOTHING), place)
        if list(before) != list(after) and all(
            key in before and key in after and same(before[key], after[key]) for key in keys
        ):
            yield Difference(f"{path} (order)", list(before), list(after))
        return
    one, other = _by_name(before), _by_name(after)
    if one is None or other is None:
        yield Difference(path, before, after)
        return
    for name in dict.fromkeys((*one, *other)):
        place = f"{path}[{name}]"
        yield from differences(one.get(name, NOTHING), other.get(name, NOTHING), place)
    if set(one) == set(other) and list(one) != list(other):
        yield Difference(f"{path} (order)", list(one), list(other))


def _by_name(value: Any) -> dict[str, Any] | None:
    """The items of a list by their names, if all have one of their own."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        return None
    for key in _ITEM_NAMES:
        if all(isinstance(each, Mapping) and isinstance(each.get(key), str) for each in value):
            found = {each[key]: each for each in value}
            return found if len(found) == len(value) else None
    return None
