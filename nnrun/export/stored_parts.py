"""The arrays of a network as nnrun prepared them, in a file beside the program, for data that no code makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from nnrun.data.dataset import Array, Dataset
from nnrun.data.preparation.scaling import apply_scales
from nnrun.data.rows import Rows, input_arrays, join_scales, network_rows, part_from_points, training_rows
from nnrun.experiment.experiment import Experiment
from nnrun.export.parts_code import SUFFIXES, NetworkArray, Parts
from nnrun.export.python_text import Variables, text
from nnrun.export.scale_code import restored_code
from nnrun.runs.data_record import DataRecord


@dataclass(frozen=True, eq=False)
class StoredParts:
    """Arrays in a file, and the code that takes them from there.

    Args:
        parts: the code.
        arrays: the arrays by the names of their variables.
        variables: the names of the program, theirs among them.
    """

    parts: Parts
    arrays: Mapping[str, Array]
    variables: Variables


def stored_parts(
    experiment: Experiment, data: DataRecord, dataset: Dataset, file: str, variables: Variables
) -> StoredParts:
    """The arrays of every part, and the code that reads them.

    Args:
        experiment: the experiment; its columns are those that it was trained with.
        data: these columns and their scales.
        dataset: the data, in memory.
        file: the name of the file, which lies beside the program.
        variables: the names of the program.
    """
    inputs = _named("x", [entry.name for entry in experiment.inputs], variables)
    targets = _named("y", [output.layer for output in experiment.outputs], variables)
    sets = _sets(experiment, dataset)
    arrays: dict[str, Array] = {}
    for part, rows in sets.items():
        names = [f"{array.name}{SUFFIXES[part]}" for array in (*inputs, *targets)]
        arrays |= zip([*names, f"w{SUFFIXES[part]}"], rows.flat(), strict=False)
    points: tuple[str, ...] = ()
    if experiment.predict:
        points = tuple(f"{array.name}_points" for array in inputs)
        arrays |= zip(points, _points(experiment, data), strict=True)
    lines = [f"with np.load(Path(__file__).parent / {text(file)}) as file:"]
    lines += [f"    {name} = file[{text(name)}]" for name in arrays]
    parts = Parts(
        lines,
        inputs,
        targets,
        {part: SUFFIXES[part] for part in sets},
        frozenset(part for part, rows in sets.items() if rows.weights is not None),
        points,
        tuple(partial(_restored, experiment, data, output.targets) for output in experiment.outputs),
        sets["training"].count,
    )
    return StoredParts(parts, arrays, variables)


def _named(letter: str, names: Sequence[str], variables: Variables) -> tuple[NetworkArray, ...]:
    wanted = [letter] if len(names) == 1 else [f"{letter}_{name}" for name in names]
    return tuple(NetworkArray(variables.take(name), (), "none") for name in wanted)


def _sets(experiment: Experiment, dataset: Dataset) -> dict[str, Rows]:
    """The parts as the network takes them, the training set first."""
    held_out = {"validation": dataset.validation, "test": dataset.test}
    others = {name: network_rows(experiment, part) for name, part in held_out.items() if part is not None}
    return {"training": training_rows(experiment, dataset.training), **others}


def _points(experiment: Experiment, data: DataRecord) -> list[Array]:
    """The samples that are predicted after training, as the network takes them."""
    part = part_from_points(experiment.columns.inputs, experiment.predict)
    return input_arrays(experiment, replace(part, inputs=apply_scales(part.inputs, data.input_scaling)))


def _restored(experiment: Experiment, data: DataRecord, targets: Sequence[str], predicted: str) -> str:
    """Predictions in the data's own units."""
    widths = {column.name: column.width for column in experiment.columns.targets}
    scale = join_scales(data.target_scaling, targets, widths)
    return predicted if scale is None else restored_code(predicted, scale)
