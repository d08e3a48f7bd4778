"""Code for a language from definitions. Pure but for its own files, which come with the package."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib.resources import files
from typing import NamedTuple

from matsuri.codegen.catalog import Catalog
from matsuri.codegen.cpp import cpp
from matsuri.codegen.plan import Plan, plan_of
from matsuri.codegen.typescript import typescript


class Language(StrEnum):
    """What code is made in."""

    TYPESCRIPT = "typescript"
    CPP = "cpp"


class _Writer(NamedTuple):
    write: Callable[[Plan, str], str]
    runtime: str


_WRITERS: Mapping[Language, _Writer] = {
    Language.TYPESCRIPT: _Writer(typescript, "typescript.ts"),
    Language.CPP: _Writer(cpp, "cpp.hpp"),
}


def generate(language: Language, catalog: Catalog) -> str:
    """The text of one file; the same for the same definitions."""
    writer = _WRITERS[language]
    runtime = files("matsuri.codegen").joinpath("runtime", writer.runtime).read_text("utf-8")
    return writer.write(plan_of(catalog), runtime)
