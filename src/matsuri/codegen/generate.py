"""Code for a language from definitions. Pure but for its own files, which come with the package."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib.resources import files
from typing import NamedTuple

from matsuri.codegen.catalog import Catalog
from matsuri.codegen.cpp import cpp
from matsuri.codegen.csharp import csharp
from matsuri.codegen.gdscript import gdscript
from matsuri.codegen.plan import Plan, plan_of
from matsuri.codegen.typescript import typescript


class Language(StrEnum):
    """What code is made in."""

    TYPESCRIPT = "typescript"
    CPP = "cpp"
    CSHARP = "csharp"
    GDSCRIPT = "gdscript"


class _Writer(NamedTuple):
    write: Callable[[Plan, str], str]
    runtime: tuple[str, ...]


_WRITERS: Mapping[Language, _Writer] = {
    Language.TYPESCRIPT: _Writer(typescript, ("typescript.ts",)),
    Language.CPP: _Writer(cpp, ("cpp.hpp",)),
    Language.CSHARP: _Writer(csharp, ("csharp_json.cs", "csharp_shapes.cs")),
    Language.GDSCRIPT: _Writer(gdscript, ("gdscript.gd",)),
}


def generate(language: Language, catalog: Catalog) -> str:
    """The text of one file; the same for the same definitions."""
    writer = _WRITERS[language]
    folder = files("matsuri.codegen").joinpath("runtime")
    runtime = "\n".join(folder.joinpath(each).read_text("utf-8") for each in writer.runtime)
    return writer.write(plan_of(catalog), runtime)
