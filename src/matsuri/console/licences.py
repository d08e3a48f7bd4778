"""The libraries that the server runs on, and their licences."""

from collections.abc import Sequence
from functools import cache
from importlib import metadata
from typing import NamedTuple

_OURS = "matsuri"
_CLASSIFIER = "License :: OSI Approved :: "


class Licence(NamedTuple):
    """A library: its version, and its licence in the words of its own metadata."""

    name: str
    version: str
    licence: str


@cache
def licences() -> Sequence[Licence]:
    """Every library that the server needs, also by way of others, by name.

    What is not installed, such as an extra, is left out.
    """
    found: dict[str, Licence] = {}
    waiting = [_OURS]
    while waiting:
        try:
            distribution = metadata.distribution(waiting.pop())
        except metadata.PackageNotFoundError:
            continue
        name = distribution.metadata["Name"].lower()
        if name in found:
            continue
        found[name] = Licence(name, distribution.version, _licence(distribution))
        waiting += [_name(each) for each in distribution.requires or () if "extra ==" not in each]
    del found[_OURS]
    return sorted(found.values())


def _name(requirement: str) -> str:
    """The name that a requirement begins with."""
    for at, character in enumerate(requirement):
        if not (character.isalnum() or character in "-_."):
            return requirement[:at]
    return requirement


def _licence(distribution: metadata.Distribution) -> str:
    told = distribution.metadata
    if "License-Expression" in told:
        return told["License-Expression"]
    classifiers = [
        each.removeprefix(_CLASSIFIER)
        for each in told.get_all("Classifier") or ()
        if each.startswith(_CLASSIFIER)
    ]
    if classifiers:
        return ", ".join(classifiers)
    # Some put the whole text there; its first line names it.
    # What it is says that it has no `get`.
    text = told["License"] if "License" in told else "not told"  # noqa: SIM401
    return text.strip().partition("\n")[0]
