"""A folder of definitions: one YAML file each, in a folder for each kind."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs

from matsuri.as_code.documents import body_of, document_of
from matsuri.as_code.file_names import SUFFIX, file_names
from matsuri.as_code.kinds import FILE_KINDS, KIND_OF_FOLDER, FileKind
from matsuri.as_code.problems import FileProblem, Lines, Place, field_of, line_of, place_of
from matsuri.as_code.read_yaml import NotReadable, read_yaml
from matsuri.as_code.schemas import SCHEMA_FOLDER, file_schema, schema_file_name, schema_text
from matsuri.as_code.state import stated
from matsuri.as_code.write_yaml import rewrite_yaml, same, write_yaml
from matsuri.errors import MatsuriError

_SUFFIXES = frozenset({SUFFIX, ".yml"})
_FILE_BYTES_MAX = 8 * 1024 * 1024
_PROBLEMS_OF_FILE_MAX = 20
_MESSAGE_CHARS_MAX = 300


class DefinitionFile(NamedTuple):
    """A definition as a file has it.

    ``path`` is from the folder, with slashes. ``given`` are the fields that the file has.
    """

    kind: FileKind
    name: str
    body: Any
    path: str
    given: frozenset[str]
    lines: Lines

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others."""
        return (self.kind.name, self.name)

    def left_out(self) -> frozenset[str]:
        """The fields of the lifecycle of which the file says nothing."""
        return frozenset(self.kind.lifecycle) - self.given

    def problem(self, text: str, field: str = "") -> FileProblem:
        """Something that is wrong with a field of it."""
        return FileProblem(self.path, line_of(self.lines, place_of(field)), text)


class Folder(NamedTuple):
    """What was read of a folder; ``problems`` are of files that could not be."""

    files: Mapping[tuple[str, str], DefinitionFile]
    problems: list[FileProblem]


class Written(NamedTuple):
    """What became of the files of a folder, by their paths from it."""

    new: list[str]
    changed: list[str]
    removed: list[str]
    only_here: list[str]


def read_folder(root: Path) -> Folder:
    """All definitions in a folder; an empty one where there is no such folder."""
    files: dict[tuple[str, str], DefinitionFile] = {}
    problems: list[FileProblem] = []
    for path, kind in _paths(root):
        shown = path.relative_to(root).as_posix()
        if kind is None:
            folders = ", ".join(KIND_OF_FOLDER)
            problems.append(FileProblem(shown, 0, f"is in no folder of definitions: {folders}"))
            continue
        found = _read_file(path, shown, kind)
        if not isinstance(found, DefinitionFile):
            problems += found
        elif found.key in files:
            first = files[found.key].path
            told = f"{kind.name} {found.name!r} is in {first} already"
            problems.append(found.problem(told, "name"))
        else:
            files[found.key] = found
    return Folder(files, problems)


def write_folder(
    root: Path,
    definitions: Iterable[tuple[FileKind, str, Any]],
    known: Folder,
    *,
    kinds: Iterable[FileKind],
    prune: bool = False,
) -> Written:
    """Make the folder say these definitions, which are all there are of ``kinds``.

    Files stay where they are, and those that say the right thing already are not touched. Files
    of other definitions of these kinds are removed with ``prune``.
    """
    written = Written([], [], [], [])
    wanted = {(kind.name, name): (kind, body) for kind, name, body in definitions}
    kinds = list(kinds)
    paths = {**_new_paths(root, wanted, known), **{k: f.path for k, f in known.files.items()}}
    for key, (kind, body) in wanted.items():
        path = root / paths[key]
        document = document_of(kind, key[1], stated(kind, body))
        before = path.read_text("utf-8-sig") if key in known.files else None
        head = f"# yaml-language-server: $schema=../{SCHEMA_FOLDER}/{schema_file_name(kind)}\n"
        if before is None:
            _replace(path, write_yaml(document, head=head).encode())
            written.new.append(paths[key])
        elif _differs(known.files[key], document):
            _replace(path, rewrite_yaml(before, document, head=head).encode())
            written.changed.append(paths[key])
    for key, file in known.files.items():
        if key in wanted or file.kind not in kinds:
            continue
        if prune:
            (root / file.path).unlink()
        (written.removed if prune else written.only_here).append(file.path)
    for kind in FILE_KINDS.values():
        _replace(root / SCHEMA_FOLDER / schema_file_name(kind), schema_text(kind))
    return written


def _differs(file: DefinitionFile, document: Mapping[str, Any]) -> bool:
    """Whether a file says something else, however it is written."""
    said = document_of(file.kind, file.name, file.body)
    return not same(said, document) or not file.given.issuperset(file.kind.lifecycle)


def _new_paths(
    root: Path, wanted: Mapping[tuple[str, str], Any], known: Folder
) -> dict[tuple[str, str], str]:
    paths, there = {}, list(_paths(root))
    for kind in FILE_KINDS.values():
        names = [name for of, name in wanted if of == kind.name and (of, name) not in known.files]
        taken = [path.name for path, of in there if of is kind]
        for name, file_name in file_names(names, taken).items():
            paths[kind.name, name] = f"{kind.folder}/{file_name}"
    return paths


def _paths(root: Path) -> Iterator[tuple[Path, FileKind | None]]:
    """All YAML files in a folder and below, each with the kind that its folder is of, if any."""
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if path.suffix.lower() in _SUFFIXES and not any(each.startswith(".") for each in parts):
            yield path, KIND_OF_FOLDER.get(parts[0])


def _read_file(path: Path, shown: str, kind: FileKind) -> DefinitionFile | list[FileProblem]:
    try:
        if path.stat().st_size > _FILE_BYTES_MAX:
            return [FileProblem(shown, 0, f"is larger than {_FILE_BYTES_MAX} bytes")]
        document, lines = read_yaml(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        return [FileProblem(shown, 0, f"cannot be read: {error}")]
    except NotReadable as error:
        return [FileProblem(shown, error.line, str(error))]
    problems = list(_schema_problems(shown, kind, document, lines))
    if problems:
        return problems
    try:
        body = body_of(kind, document)
    except MatsuriError as error:
        places = [str(each.get("field", "")) for each in error.details] or [""]
        return [
            FileProblem(shown, line_of(lines, place_of(place)), error.message) for place in places
        ]
    return DefinitionFile(kind, document["name"], body, shown, frozenset(document), lines)


def _schema_problems(
    shown: str, kind: FileKind, document: Any, lines: Lines
) -> Iterator[FileProblem]:
    validator = jsonschema_rs.Draft202012Validator(dict(file_schema(kind)))
    for count, error in enumerate(validator.iter_errors(document)):
        if count >= _PROBLEMS_OF_FILE_MAX:
            return
        place: Place = tuple(error.instance_path)
        # A key that should not be there is where it is, not where the object begins.
        unexpected = getattr(error.kind, "unexpected", ())
        line = line_of(lines, (*place, *unexpected[:1]))
        field = field_of(place)
        told = error.message[:_MESSAGE_CHARS_MAX]
        yield FileProblem(shown, line, f"{field}: {told}" if field else told)


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and not where it is so already."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
