"""The `npy` generator: rows whose columns, of any shape, are npy files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nnrun.data.dataset import Source
from nnrun.data.files.npy_files import NpyFile, NpyFiles, open_npy
from nnrun.data.generators.array_source import columns_of, source_of
from nnrun.data.generators.array_table import ArrayTable, checked_table
from nnrun.data.generators.generator import Generator, GeneratorArguments, JsonSchema, Resources
from nnrun.data.generators.roles import find_roles
from nnrun.errors import ExperimentError
from nnrun.experiment.columns import Columns

_ROLES = ("inputs", "target", "sample_weight", "keys")
_HINT = "Name the columns: inputs: {first: a/x.npy, second: b/x.npy}"
_PATH: JsonSchema = {"type": "string", "minLength": 1}
_PATHS: JsonSchema = {
    "type": ["string", "array", "object"],
    "minLength": 1,
    "items": _PATH,
    "minItems": 1,
    "additionalProperties": _PATH,
    "minProperties": 1,
}


def _columns(given: GeneratorArguments) -> Columns:
    table, files = _parse(given)
    paths = dict.fromkeys(files.path_of(name) for name in table.training)
    return columns_of(table, tuple(map(given.files.digest, paths)))


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows in the order of the files."""
    table, files = _parse(given)
    return source_of(table, files if resources.stream else None)


def _parse(given: GeneratorArguments) -> tuple[ArrayTable, NpyFiles]:
    """The checked arrays, and their files.

    Raises:
        ExperimentError: a file cannot be read, or has no array that can be used; all at once.
        StorageError: a file has changed since it was first read.
    """
    paths: dict[str, Path] = {}
    files: dict[str, NpyFile] = {}
    for role in _ROLES:
        named = _named(given.values.get(role))
        for name, path in named:
            if name in paths:
                given.add(role, f'Two files are the column "{name}": {paths[name]} and {path}.', _HINT)
            paths[name] = path
            _open(given, role, name, path, files)
        if named:
            given.values[role] = named[0][0] if role == "sample_weight" else [name for name, _ in named]
    given.finish()
    roles = find_roles(given, tuple(paths))
    given.finish()
    used = (*roles.inputs, *roles.targets, *((roles.weight,) if roles.weight else ()), *roles.keys)
    arrays = NpyFiles(files)
    table = checked_table(given, roles, {name: name for name in used}, None, arrays)
    given.finish()
    return table, arrays


def _open(given: GeneratorArguments, role: str, name: str, path: Path, files: dict[str, NpyFile]) -> None:
    try:
        files[name] = open_npy(given.files, path)
    except ExperimentError as error:
        place = given.component.place_of(role)
        given.problems += [replace(problem, place=place) for problem in error.problems]


def _named(written: Any) -> list[tuple[str, Path]]:
    """The file of each column, which has the name of its file unless another one is written."""
    if isinstance(written, Mapping):
        return [(str(name), Path(path)) for name, path in written.items()]
    return [(Path(path).stem, Path(path)) for path in ([written] if isinstance(written, str) else written or ())]


GENERATOR = Generator(
    "npy",
    "Rows whose columns are npy files, as numpy.save writes them, with the rows as their first axis. A column has the "
    "name of its file unless another one is written.",
    {
        "inputs": {
            "description": "The file or files of the input columns, or column: file; each in or below the folder of "
            "the experiment file and relative to it.",
            "required": True,
            **_PATHS,
        },
        "target": {
            "description": "The file or files of the target columns, or column: file.",
            "required": True,
            **_PATHS,
        },
        "sample_weight": {"description": "The file with the weight of each row in the loss.", **_PATH},
        "keys": {"description": "The file or files of columns that only split the rows, or column: file.", **_PATHS},
    },
    _columns,
    _make,
    files=_ROLES,
    streams=True,
    link="https://numpy.org/doc/stable/reference/generated/numpy.save.html",
    example={"inputs": "x.npy", "target": "y.npy"},
)
