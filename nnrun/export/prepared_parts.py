"""The arrays of a network from columns that are prepared one by one, as code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from nnrun.experiment.column_steps import balance_of, column_steps
from nnrun.experiment.columns import Column
from nnrun.experiment.experiment import Experiment
from nnrun.export.column_code import DataCode, cast
from nnrun.export.parts_code import SCALED, SUFFIXES, NetworkArray, Parts, class_weight_lines, held_out_rows
from nnrun.export.preparation_code import (
    PreparedColumn,
    balance_lines,
    gap_lines,
    preparation_lines,
    prepared_column,
)
from nnrun.export.python_text import Bracket, Code, Variables, call, listed_code, statement, text
from nnrun.runs.data_record import DataRecord


def prepared_parts(experiment: Experiment, data: DataRecord, code: DataCode, variables: Variables) -> Parts:
    """The code that turns columns into the arrays of every part, for an experiment with `data.prepare`.

    Args:
        experiment: the experiment.
        data: the columns as they were prepared for the network.
        code: the code that makes the columns.
        variables: the names of the program.
    """
    settings = experiment.data.preparation
    inputs = {each.name: prepared_column(each, column_steps(settings, each.name), variables) for each in data.inputs}
    labels = {column.name for column in experiment.columns.targets if column.is_label} | {*data.encoded}
    targets = {
        each.name: prepared_column(
            each, column_steps(settings, each.name, target=True), variables, scaled=each.name not in labels
        )
        for each in data.targets
    }
    names = [column.name for column in (*experiment.columns.inputs, *experiment.columns.targets)]
    weight = _free("weight", names) if code.weights is not None or balance_of(settings) == "weights" else None
    parts = _part_names(experiment, code)
    lines = [*_raw(experiment, code, weight), *_split(experiment, code, parts, weight)]
    columns = [*inputs.values(), *targets.values()]
    dropped = {each.column.name: _kind(each, each.column.name in labels) for each in columns if _is_dropped(each)}
    lines += gap_lines(dropped) if dropped else []
    prepared = preparation_lines([*inputs.values()], [*targets.values()])
    lines += ["", "", *SCALED, ""] if any(each.is_scaled for each in columns) else []
    lines += prepared
    if (balance := balance_of(settings)) != "none":
        lines += balance_lines(balance, text(data.targets[0].name), text(weight or ""))
    arrays = (
        tuple(_arrays("x", [(e.name, e.columns) for e in experiment.inputs], inputs, variables)),
        tuple(_arrays("y", [(o.layer, o.targets) for o in experiment.outputs], targets, variables)),
    )
    lines.append("")
    weighted = frozenset(parts if code.weights is not None else [*parts][:1] if weight else [])
    for name in parts:
        for array in (*arrays[0], *arrays[1]):
            lines.append(f"{array.name}{SUFFIXES[name]} = {_array(array, name, data)}")
        lines += [f"w{SUFFIXES[name]} = {name}[{text(weight)}]"] if weight and name in weighted else []
    if experiment.class_weight is not None:
        own = "training" in weighted
        lines += ["", *class_weight_lines(experiment, arrays[1][0], SUFFIXES, own=own)]
        weighted |= {"training"}
    return Parts(
        lines,
        *arrays,
        {name: SUFFIXES[name] for name in parts},
        weighted,
        tuple(_point_input(experiment, array, inputs) for array in arrays[0]),
        tuple(partial(_restored, array, targets) for array in arrays[1]),
    )


def _free(wanted: str, names: Sequence[str]) -> str:
    while wanted in names:
        wanted += "_"
    return wanted


def _part_names(experiment: Experiment, code: DataCode) -> list[str]:
    """The parts that there are, the training set first."""
    data = experiment.data
    test = code.test_array is not None or held_out_rows(experiment, data.test_split)
    validation = held_out_rows(experiment, data.validation_split)
    return ["training", *(["validation"] if validation else []), *(["test"] if test else [])]


def _is_dropped(each: PreparedColumn) -> bool:
    return each.steps.missing == "drop"


def _kind(each: PreparedColumn, label: bool) -> str:
    return "labels" if label and each.column.categories else "texts" if each.column.categories else "numbers"


def _raw(experiment: Experiment, code: DataCode, weight: str | None) -> list[str]:
    """The columns as they are, by name."""
    lines = _mapping("training", experiment, code.raw or partial(_column, experiment, code.array))
    if weight and code.weights is not None:
        lines.append(f"training[{text(weight)}] = {code.weights}")
    if code.test_array is not None:
        lines += _mapping("test", experiment, partial(_column, experiment, code.test_array))
    return lines


def _mapping(name: str, experiment: Experiment, column: Callable[[str], str]) -> list[str]:
    columns = (*experiment.columns.inputs, *experiment.columns.targets)
    items = tuple(f"{text(each.name)}: {column(each.name)}" for each in columns)
    return statement(f"{name} = ", Bracket("{", items, "}"))


def _column(experiment: Experiment, array: Callable[[Sequence[str], bool], str], name: str) -> str:
    labels = {column.name for column in experiment.columns.targets if column.is_label}
    return array([name], name in labels)


def _split(experiment: Experiment, code: DataCode, parts: Sequence[str], weight: str | None) -> list[str]:
    """Splits the samples as nnrun does, and puts the parts into a list."""
    data, samples = experiment.data, experiment.columns.samples or 0
    test = held_out_rows(experiment, data.test_split)
    validation = held_out_rows(experiment, data.validation_split)
    sizes = {"test": test, "validation": validation}
    lines = []
    if test or validation:
        held_out = [name for name in ("test", "validation") if sizes[name]]
        if data.split.kind == "last":
            names = ["training", *reversed(held_out)]
            ends = [samples - test - validation, *([samples - test] if test and validation else [])]
            lines += ["# The last samples are held out.", f"order = np.arange({samples})"]
        else:
            names = [*held_out, "training"]
            ends = [*dict.fromkeys(end for end in (test, test + validation) if end)]
            lines += ["# The samples in a random order; the first ones are held out."]
            lines += [f"order = np.random.default_rng([seed, 1]).permutation({samples})"]
        lines += [
            f"{', '.join(names)} = (",
            "    {name: values[rows] for name, values in training.items()}",
            f"    for rows in np.split(order, {ends})",
            ")",
        ]
    return [*lines, f"parts = [{', '.join(parts)}]"]


def _arrays(
    letter: str,
    groups: Sequence[tuple[str, Sequence[str]]],
    known: Mapping[str, PreparedColumn],
    variables: Variables,
) -> list[NetworkArray]:
    found = []
    for name, columns in groups:
        variable = variables.take(letter if len(groups) == 1 else f"{letter}_{name}")
        found.append(NetworkArray(variable, tuple(known[column].column for column in columns), "none"))
    return found


def _array(array: NetworkArray, part: str, data: DataRecord) -> str:
    """The columns of an array side by side."""
    columns = [_encoded(f"{part}[{text(column.name)}]", column, data) for column in array.columns]
    if len(columns) == 1:
        return columns[0]
    labels = all(column.is_label for column in array.columns) and not data.encoded
    return f"np.concatenate([{', '.join(columns)}], axis=1)" + cast(label=labels)


def _encoded(values: str, column: Column, data: DataRecord) -> str:
    if column.name not in data.encoded:
        return values
    return f'keras.utils.to_categorical({values}, {data.encoded[column.name]}).astype("float32")'


def _point_input(experiment: Experiment, array: NetworkArray, inputs: Mapping[str, PreparedColumn]) -> Code:
    """The numbers of `points` that an input takes, prepared as the data are."""
    starts, start = {}, 0
    for column in experiment.columns.inputs:
        starts[column.name] = start
        start += column.width
    found = []
    for column in array.columns:
        first = starts[column.name]
        values = f"points[:, {first}:{first + column.width}]"
        if column.dimensions:
            values += f".reshape(-1, {', '.join(map(str, column.dimensions))})"
        found.append(inputs[column.name].applied(values))
    return found[0] if len(found) == 1 else call("np.concatenate", listed_code(found), axis="1")


def _restored(array: NetworkArray, targets: Mapping[str, PreparedColumn], predicted: str) -> str:
    """Predictions in the data's own units."""
    found, start = [], 0
    for column in array.columns:
        own = predicted if len(array.columns) == 1 else f"{predicted}[:, {start}:{start + column.width}]"
        found.append(targets[column.name].restored(own))
        start += column.width
    return found[0] if len(found) == 1 else f"np.concatenate([{', '.join(found)}], axis=1)"
