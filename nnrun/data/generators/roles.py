"""What the columns of a table are for: inputs, targets, and the weight of each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nnrun.data.dataset import Array, Part
from nnrun.data.files.cell_text import clipped
from nnrun.data.generators.generator import GeneratorArguments, JsonSchema
from nnrun.errors import did_you_mean, listed
from nnrun.experiment.columns import Column

_NAMES: JsonSchema = {"type": ["string", "array"], "items": {"type": "string"}, "minItems": 1}
_FILE = "The file, in or below the folder of the experiment file and relative to it"
_PATH: JsonSchema = {"type": "string", "minLength": 1, "required": True}
PATH_ARGUMENT: Mapping[str, JsonSchema] = {"path": {"description": f"{_FILE}.", **_PATH}}
# Of a table that may consist of several files.
PATHS_ARGUMENT: Mapping[str, JsonSchema] = {
    "path": {
        "description": f"{_FILE}; with * in its name all files of such names, in sorted order, as part-*.csv.",
        **_PATH,
    },
}
ROLE_ARGUMENTS: Mapping[str, JsonSchema] = {
    "target": {"description": "The target column or columns; by default the last column.", **_NAMES},
    "inputs": {"description": "The input column or columns; by default all others.", **_NAMES},
    "sample_weight": {
        "description": "The column with the weight of each row in the loss: numbers from 0.",
        "type": "string",
    },
}


@dataclass(frozen=True)
class Roles:
    """What the columns are for.

    Args:
        inputs: the input columns.
        targets: the target columns.
        weight: the column with the weight of each row in the loss, if there is one.
        keys: the columns that only split the rows.
    """

    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    weight: str | None
    keys: tuple[str, ...] = ()


def find_roles(given: GeneratorArguments, columns: tuple[str, ...]) -> Roles:
    """What each column is for, checked."""
    arguments = given.values
    weight: str | None = arguments.get("sample_weight")
    aside = (weight, *given.split.sets_aside)
    free = [name for name in dict.fromkeys(columns) if name not in aside]
    targets = _listed(arguments.get("target", free[-1:]))
    learned = set(targets)
    inputs = _listed(arguments.get("inputs", [name for name in free if name not in learned]))
    known = set(columns)
    weights = (weight,) if weight is not None else ()
    for argument, names in (("inputs", inputs), ("target", targets), ("sample_weight", weights)):
        for position, name in enumerate(names):
            if name not in known and not given.is_full:
                hint = did_you_mean(name, columns) or f"The columns are: {listed([*map(clipped, columns)]) or 'none'}."
                given.add(argument, f'There is no column "{name}".', hint, at=(position,))
        for position in repetitions(names):
            given.add(argument, f'The column "{names[position]}" is listed twice.', at=(position,))
    both = set(inputs) & set(targets)
    argument, chosen = ("inputs", inputs) if "inputs" in arguments else ("target", targets)
    for name in dict.fromkeys(name for name in chosen if name in both):
        given.add(argument, f'The column "{name}" is both an input and a target.', at=(chosen.index(name),))
    if weight in {*inputs, *targets}:
        given.add("sample_weight", f'The column "{weight}" cannot be an input or a target and also the sample weight.')
    if not targets or not (inputs or given.split.windows):
        received = listed([*map(clipped, columns)]) or "none"
        given.add("columns", f"At least one input column and one target column are needed. Received: {received}")
    used = {*inputs, *targets}
    return Roles(inputs, targets, weight, tuple(name for name in given.split.keys if name in known - used))


def plain_columns(names: Sequence[str]) -> tuple[Column, ...]:
    """Columns of one number each."""
    return tuple(Column(name) for name in names)


def count_labels(numbers: Iterable[float]) -> int | None:
    """The number of classes of whole numbers that hold each of 0, 1, … at least once; None for any others."""
    values = set(numbers)
    return len(values) if len(values) > 1 and values == set(range(len(values))) else None


def repetitions(names: Sequence[str]) -> list[int]:
    """The positions of the names that occur earlier as well."""
    first = {name: position for position, name in reversed(list(enumerate(names)))}
    return [position for position, name in enumerate(names) if position > first[name]]


def part_of(
    roles: Roles, columns: Mapping[str, Array], targets: Mapping[str, Array], keys: Mapping[str, Array] | None = None
) -> Part:
    """The part that columns make by their roles.

    Args:
        roles: what the columns are for.
        columns: the inputs among them, and the weights of the rows, each (rows, width).
        targets: the targets among them, each (rows, width).
        keys: those that only split the rows, each (rows, 1).
    """
    weights = None if roles.weight is None else columns[roles.weight][:, 0]  # (rows,)
    inputs = {name: columns[name] for name in roles.inputs}
    return Part(inputs, {name: targets[name] for name in roles.targets}, weights, keys=dict(keys or {}))


def _listed(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
