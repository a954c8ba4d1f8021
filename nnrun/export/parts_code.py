"""The arrays of a network, split, scaled and encoded as nnrun does it, as code."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nnrun.data.splits.sizes import split_size
from nnrun.errors import Problem
from nnrun.experiment.columns import Column
from nnrun.experiment.experiment import DataSettings, Experiment
from nnrun.export.column_code import DataCode, NoDataCode
from nnrun.export.python_text import Code, Variables, many
from nnrun.runs.data_record import DataRecord

# What follows the name of an array, by part of the data.
SUFFIXES = {"training": "_train", "validation": "_val", "test": "_test"}


@dataclass(frozen=True)
class NetworkArray:
    """An array that the network takes or is compared with.

    Args:
        name: its variable, before what says which part of the data it has.
        columns: its columns.
        scaling: how its columns are scaled.
        constant: whether one of them is the same in every training sample.
    """

    name: str
    columns: tuple[Column, ...]
    scaling: str
    constant: bool = False

    @property
    def is_scaled(self) -> bool:
        """Whether it is scaled."""
        return self.scaling != "none"


@dataclass(frozen=True)
class Parts:
    """The parts of the data as variables.

    Args:
        lines: the code that makes them.
        inputs: one for each input of the network.
        targets: one for each output.
        suffixes: what follows the name of an array, by part: `training`, `validation`, `test`.
        weighted: the parts whose samples have weights, `w`.
        point_inputs: of columns that are prepared one by one, the expression of each input for `points`.
        restored: of such columns, for each target what gives the expression of predictions in the data's own units.
        rows: the number of training samples; None where the program has to count them.
    """

    lines: list[str]
    inputs: tuple[NetworkArray, ...]
    targets: tuple[NetworkArray, ...]
    suffixes: Mapping[str, str]
    weighted: frozenset[str]
    point_inputs: tuple[Code, ...] = ()
    restored: tuple[Callable[[str], str], ...] = ()
    rows: int | None = None

    def arrays(self, part: str, rows: str = "") -> list[Code]:
        """The inputs, the targets and, if there are any, the weights of a part; perhaps rows of them only."""
        suffix = self.suffixes[part]
        x, y = (many([f"{array.name}{suffix}{rows}" for array in side]) for side in (self.inputs, self.targets))
        return [x, y, *([f"w{suffix}{rows}"] if part in self.weighted else [])]


SCALED = [
    "def scaled(part, offset, spread):",
    '    return ((part - offset) * (1 / spread)).astype("float32")',
]


def parts_code(experiment: Experiment, data: DataRecord, code: DataCode, variables: Variables) -> Parts:
    """The code that turns columns into the arrays of every part.

    Args:
        experiment: the experiment.
        data: the columns as they were prepared for the network.
        code: the code that makes the columns.
        variables: the names of the program.

    Raises:
        NoDataCode: an output has columns of which only some are scaled.
    """
    inputs = tuple(_input_arrays(experiment, data, variables))
    targets = tuple(_target_arrays(experiment, data, variables))
    arrays = (*inputs, *targets)
    rows = experiment.columns.samples or 0
    test, validation = (
        held_out_rows(experiment, amount) for amount in (experiment.data.test_split, experiment.data.validation_split)
    )
    suffixes = {"training": "_train" if test or validation or code.test_array else ""}
    suffixes |= {"validation": "_val"} if validation else {}
    suffixes |= {"test": "_test"} if test or code.test_array else {}
    lines = []
    whole = "" if test or validation else suffixes["training"]
    for array in arrays:
        lines += [f"{array.name}{whole} = {_expression(array, data, code)}"]
        if code.test_array:
            lines += [f"{array.name}_test = {_expression(array, data, code, test=True)}"]
    if code.weights is not None:
        lines += [f"w{whole} = {code.weights}"]
    if test or validation:
        names = [*(array.name for array in arrays), *(["w"] if code.weights is not None else [])]
        last = experiment.data.split.kind == "last"
        lines += ["", *(_last_rows(names, test, validation, rows) if last else _splits(names, test, validation, rows))]
    lines += ["", "", *SCALED, ""] if any(array.is_scaled for array in arrays) else []
    for array in arrays:
        lines += ["", *_scale(array, list(suffixes.values()))] if array.is_scaled else []
    if experiment.class_weight is not None:
        lines += ["", *class_weight_lines(experiment, targets[0], suffixes, own=code.weights is not None)]
    weighted = {"training"} if experiment.class_weight is not None else set()
    weighted |= set(suffixes) if code.weights is not None else set()
    return Parts(lines, inputs, targets, suffixes, frozenset(weighted), rows=rows - test - validation)


def held_out_rows(experiment: Experiment, amount: float) -> int:
    """The number of rows that a split takes, which is a share or a count."""
    return split_size(experiment.columns.samples or 0, amount, experiment.data.split)


def refuse_other_splits(data: DataSettings) -> None:
    """Refuses settings that a script has no code for.

    Raises:
        NoDataCode: there is such a setting.
    """
    others = {"validation": data.validation, "test": data.test}
    wrong = [name for name, generator in others.items() if generator is not None]
    wrong += ["split"] if data.split.kind not in ("random", "last") else []
    wrong += ["use"] if data.use != 1 else []
    wrong += ["window"] if data.window else []
    wrong += ["folds"] if data.folds else []
    if wrong:
        raise NoDataCode(Problem(f"A script has no code for data.{wrong[0]}."))


def _input_arrays(experiment: Experiment, data: DataRecord, variables: Variables) -> list[NetworkArray]:
    known = {column.name: column for column in data.inputs}
    alone = len(experiment.inputs) == 1
    found = []
    for entry in experiment.inputs:
        records = [known[name] for name in entry.columns]
        constant = any(1.0 in record.scale.factor for record in records if record.scale)
        name = variables.take("x" if alone else f"x_{entry.name}")
        found.append(NetworkArray(name, tuple(r.column for r in records), experiment.data.scale, constant))
    return found


def _target_arrays(experiment: Experiment, data: DataRecord, variables: Variables) -> list[NetworkArray]:
    known = {column.name: column for column in data.targets}
    alone = len(experiment.outputs) == 1
    found = []
    for output in experiment.outputs:
        records = [known[name] for name in output.targets]
        scaled = [record.scale is not None for record in records]
        if any(scaled) and not all(scaled):
            message = (
                f'The output "{output.layer}" has targets of which only some are scaled; a script has no code for it.'
            )
            raise NoDataCode(Problem(message))
        constant = any(1.0 in record.scale.factor for record in records if record.scale)
        name = variables.take("y" if alone else f"y_{output.layer}")
        scaling = experiment.data.scale_targets if any(scaled) else "none"
        found.append(NetworkArray(name, tuple(r.column for r in records), scaling, constant))
    return found


def _expression(array: NetworkArray, data: DataRecord, code: DataCode, *, test: bool = False) -> str:
    """The array from its columns, those that are one-hot encoded one by one."""
    make = code.test_array if test and code.test_array else code.array
    names = [column.name for column in array.columns]
    encoded = {name: data.encoded[name] for name in names if name in data.encoded}
    labels = all(column.is_label for column in array.columns)
    if not encoded:
        return make(names, labels)
    parts = [
        f'keras.utils.to_categorical({make([name], True)}, {encoded[name]}).astype("float32")'
        if name in encoded
        else make([name], False)
        for name in names
    ]
    return parts[0] if len(parts) == 1 else f"np.concatenate([{', '.join(parts)}], axis=1)"


def _last_rows(names: Sequence[str], test: int, validation: int, rows: int) -> list[str]:
    suffixes = ["_train", *(["_val"] if validation else []), *(["_test"] if test else [])]
    ends = ", ".join(str(end) for end in dict.fromkeys([rows - test - validation, rows - test]) if end < rows)
    lines = ["# The last samples are held out."]
    for name in names:
        lines.append(f"{', '.join(f'{name}{suffix}' for suffix in suffixes)} = np.split({name}, [{ends}])")
    return lines


def _splits(names: Sequence[str], test: int, validation: int, rows: int) -> list[str]:
    suffixes = [*(["_test"] if test else []), *(["_val"] if validation else []), "_train"]
    ends = ", ".join(str(end) for end in dict.fromkeys([test, test + validation]) if end)
    lines = ["# The samples in a random order; the first ones are held out."]
    lines += [f"order = np.random.default_rng([seed, 1]).permutation({rows})"]
    for name in names:
        parts = ", ".join(f"{name}{suffix}" for suffix in suffixes)
        lines.append(f"{parts} = np.split({name}[order], [{ends}])")
    return lines


def _scale(array: NetworkArray, suffixes: Sequence[str]) -> list[str]:
    """Fits the scale of an array to the training samples, and applies it to all parts."""
    name, standard = array.name, array.scaling == "standard"
    aim = _AIMS[array.scaling]
    what = "Each column" if len(array.columns) > 1 or array.columns[0].width > 1 else "The column"
    lines = [f"# {what} is scaled: {aim} in the training samples."]
    lines += [f'training = {name}{suffixes[0]}.astype("float64")']
    if array.scaling == "robust":
        lines += [f"low, {name}_offset, high = np.percentile(training, [25, 50, 75], axis=0)"]
        lines += [f"{name}_spread = np.where(low == high, 1, high - low)"]
        return [*lines, *_scaled_parts(array, suffixes)]
    low, high = "training.min(axis=0)", "training.max(axis=0)"
    offset, spread = (_statistic(array, "mean"), _statistic(array, "std")) if standard else (low, f"{high} - {low}")
    lines += [f"{name}_offset = {offset}", f"{name}_spread = {spread}"]
    if array.constant:
        lines += [f"constant = {low} == {high}", f"{name}_offset = np.where(constant, {low}, {name}_offset)"]
        lines += [f"{name}_spread = np.where(constant, 1, {name}_spread)"]
    return [*lines, *_scaled_parts(array, suffixes)]


_AIMS = {
    "standard": "mean 0 and standard deviation 1",
    "minmax": "from 0 to 1",
    "robust": "median 0 and interquartile range 1",
}


def _scaled_parts(array: NetworkArray, suffixes: Sequence[str]) -> list[str]:
    parts = [f"{array.name}{suffix}" for suffix in suffixes]
    return [f"{part} = {scaled_code(part, array)}" for part in parts]


def scaled_code(expression: str, array: NetworkArray) -> str:
    """The scaled form of numbers of an array."""
    return f"scaled({expression}, {array.name}_offset, {array.name}_spread)"


def _statistic(array: NetworkArray, statistic: str) -> str:
    """The mean or standard deviation of every column.

    Sums are rounded: each column is summed up by itself, as nnrun does.
    """
    widths = [column.width for column in array.columns]
    if len(widths) == 1:
        return f"training.{statistic}(axis=0)"
    if all(width == 1 for width in widths):
        return f"np.array([column.{statistic}() for column in training.T])"
    ends = [sum(widths[: i + 1]) for i in range(len(widths) - 1)]
    return f"np.concatenate([part.{statistic}(axis=0) for part in np.split(training, {ends}, axis=1)])"


def class_weight_lines(
    experiment: Experiment, target: NetworkArray, suffixes: Mapping[str, str], *, own: bool
) -> list[str]:
    """The code of the weight of each training sample by its class, times its own.

    Args:
        experiment: has the class weights.
        target: the array of the classes.
        suffixes: as for `Parts`.
        own: whether the samples have weights already.
    """
    suffix = suffixes["training"]
    one_hot = experiment.data.one_hot
    label = f"{target.name}{suffix}.argmax(axis=1)" if one_hot else f"{target.name}{suffix}[:, 0].astype(int)"
    lines = ["# The weight of each sample by its class."]
    lines += [f"names, label, count = np.unique({label}, return_inverse=True, return_counts=True)"]
    if experiment.class_weight == "balanced":
        lines += ["by_class = len(label) / (len(names) * count)"]
    else:
        weights = {int(name): float(weight) for name, weight in (experiment.class_weight or {}).items()}
        lines += [f"by_class = np.array([{weights}.get(name, 1.0) for name in names.tolist()])"]
    product = f"w{suffix} * " if own else ""
    lines += [f'w{suffix} = {product}by_class[label].astype("float32")']
    return lines
