"""The `npz` generator: the rows of an npz file, whose arrays are columns of any shape."""

from __future__ import annotations

from pathlib import Path

from nnrun.data.dataset import Source
from nnrun.data.files.array_file import open_arrays
from nnrun.data.generators.array_source import columns_of, source_of
from nnrun.data.generators.array_table import parse_arrays
from nnrun.data.generators.generator import Generator, GeneratorArguments, JsonSchema, Resources
from nnrun.data.generators.roles import PATH_ARGUMENT, ROLE_ARGUMENTS
from nnrun.experiment.columns import Columns

_ARRAYS: JsonSchema = {
    "type": ["string", "array", "object"],
    "items": {"type": "string"},
    "minItems": 1,
    "additionalProperties": {"type": "string"},
    "minProperties": 1,
}


def _columns(given: GeneratorArguments) -> Columns:
    table = parse_arrays(given)
    return columns_of(table, (given.files.digest(Path(given["path"])),))


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows in the order of the file, and those of the test set."""
    table = parse_arrays(given)
    return source_of(table, open_arrays(given.files, Path(given["path"])) if resources.stream else None)


GENERATOR = Generator(
    "npz",
    "The rows of an npz file, as numpy.savez writes it: each array is a column, its first axis the rows. The arrays "
    "x_train, y_train, x_test and y_test of keras.datasets are recognised.",
    {
        **PATH_ARGUMENT,
        "target": {
            "description": "The target array or arrays, or column: array; by default the last array.",
            **_ARRAYS,
        },
        "inputs": {
            "description": "The input array or arrays, or column: array; by default all others.",
            **_ARRAYS,
        },
        "sample_weight": {**ROLE_ARGUMENTS["sample_weight"], "description": "The array with the weight of each row."},
        "test": {
            "title": "test set",
            "description": "The arrays of the test set: its inputs, its target and its sample_weight.",
            "type": "object",
            "properties": {"inputs": _ARRAYS, "target": _ARRAYS, "sample_weight": {"type": "string"}},
            "additionalProperties": False,
        },
    },
    _columns,
    _make,
    files=("path",),
    streams=True,
    link="https://numpy.org/doc/stable/reference/generated/numpy.savez.html",
    example={"path": "images.npz"},
)
