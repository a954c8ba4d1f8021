"""An experiment proposed for a CSV file from the content of its columns; its comments give the reasons."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from nnrun.data.files.csv_column import MAX_CATEGORIES, CsvColumn
from nnrun.data.files.csv_problems import (
    find_comma,
    find_header_problems,
    find_name_among_cells,
    find_problem,
    find_stray,
)
from nnrun.data.files.csv_reader import guess_delimiter
from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.read_file import read_file
from nnrun.data.generators.csv_table import MAX_INPUT_CATEGORIES
from nnrun.data.generators.registry import describe_columns
from nnrun.errors import ExperimentError, Problem, shown
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import Component
from nnrun.experiment.text.dump import dump
from nnrun.experiment.text.yaml_text import MAX_BYTES
from nnrun.templates.comment import comment, listed, quoted

# Names that say that a column is the target, the clearest first.
_TARGET_NAMES = ("target", "label", "class", "y")
_IDENTIFIER_NAMES = re.compile(r"(?i:(?:^|[\W_])(?:id|index|key|nr|no|number|uuid))$|[a-z]I[dD]$")
_MOST_CLASSES = 20  # of a target of whole numbers
_FEWEST_TO_SPLIT = 20  # rows
_STEPS = 5_000  # about as many as the epochs come to


@dataclass(frozen=True)
class _Choice:
    """Which columns play which role.

    Args:
        table: the columns as they are read.
        target: the target.
        why: why it is the target.
        inputs: the inputs.
        left_out: the others, each with the reason.
    """

    table: dict[str, CsvColumn]
    target: str
    why: str
    inputs: tuple[str, ...]
    left_out: dict[str, str]

    @property
    def rows(self) -> int:
        return len(self.table[self.target])


def propose(file: Path, folder: Path, command: str) -> str:
    """The text of an experiment that learns the last column of a CSV file, or that of a telling name, from the others.

    Args:
        file: the absolute path of the CSV file.
        folder: the absolute path of the folder that the experiment will lie in.
        command: the comment that says how to train it.

    Raises:
        ExperimentError: the file cannot be read, or has no column to learn or none to learn from.
    """
    delimiter = guess_delimiter(file.name, read_file(file))
    files = DataFiles()
    table = files.csv(file, delimiter)
    problems = find_header_problems(table.names, file.name)
    if problems:
        raise ExperimentError(*problems)
    choice = _choose(table.columns(table.names))
    _refuse(choice, file.name)
    settings = {"path": str(file), "target": choice.target, "inputs": choice.inputs, "delimiter": delimiter}
    columns = describe_columns(Component("generators", "csv", settings), files)
    path = os.path.relpath(file.parent.resolve() / file.name, folder.resolve())
    sections = [_head(file.name, choice, columns, command), _data(path, delimiter, choice, columns)]
    sections += [_layers(choice, columns), _training(choice, columns)]
    text = "\n".join(f"{section}\n" for section in sections)
    if len(text.encode()) > MAX_BYTES:
        message = f"{file.name} has too many columns for an experiment file of {MAX_BYTES >> 10} KiB."
        raise ExperimentError(Problem(message, hint="Remove columns that are not needed from it."))
    return text


# Which columns.


def _choose(table: dict[str, CsvColumn]) -> _Choice:
    target, why = _choose_target(table)
    others = [name for name in table if name != target]
    reasons = {name: _reason_to_leave_out(table[name]) for name in others}
    usable = [name for name in others if _is_usable(table[name]) and not _names_rows(table[name])]
    inputs = [name for name in others if not reasons[name]] or usable
    left_out = {name: reason for name, reason in reasons.items() if reason and name not in inputs}
    return _Choice(table, target, why, tuple(inputs or others), left_out)


def _choose_target(table: dict[str, CsvColumn]) -> tuple[str, str]:
    folded = {name.casefold(): name for name in reversed(table)}
    for telling in _TARGET_NAMES:
        if telling in folded:
            return folded[telling], "as its name says"
    *_, last = table
    fit = [name for name, column in table.items() if _is_fit_to_learn(column)]
    if not fit or fit[-1] == last:
        return last, "the last column"
    return fit[-1], "the last column that can be one"


def _is_fit_to_learn(column: CsvColumn) -> bool:
    if find_stray(column, "target"):
        return True  # to be refused as the target
    usable = find_problem(column, "target", MAX_CATEGORIES) is None
    return usable and (column.numbers is not None or not _is_identifier(column))


def _is_usable(column: CsvColumn) -> bool:
    return find_problem(column, "input", MAX_INPUT_CATEGORIES) is None


def _reason_to_leave_out(column: CsvColumn) -> str | None:
    if column.gap:
        word, stray = column.gap
        return f"{stray.count:,} × {quoted(word)}" if word else f"{stray.count:,} × empty"
    if _is_identifier(column):
        return "different in every row"
    if find_stray(column, "input"):
        return "numbers with texts among them"
    if not _is_usable(column):
        return f"more than {MAX_INPUT_CATEGORIES} different texts"
    alike = len(column.categories) == 1 or len(set(column.numbers or ())) == 1
    return "the same in every row" if alike else None


def _is_identifier(column: CsvColumn) -> bool:
    """Whether every row has a value of its own without meaning: a text, a running number, or one named so."""
    rows = len(column)
    if rows < 3 or column.numbers is None:
        return _names_rows(column)
    numbers = column.numbers
    if len(set(numbers)) < rows or not all(number.is_integer() for number in numbers):
        return False
    return max(numbers) - min(numbers) == rows - 1 or _IDENTIFIER_NAMES.search(column.name) is not None


def _names_rows(column: CsvColumn) -> bool:
    """Whether every row has a text of its own."""
    texts = len(column.categories) or len(column.strays)
    return column.numbers is None and len(column) >= 3 and texts >= min(len(column), MAX_CATEGORIES)


def _refuse(choice: _Choice, file: str) -> None:
    """Raises what keeps the chosen columns from being used."""
    roles = {choice.target: ("target", MAX_CATEGORIES), **dict.fromkeys(choice.inputs, ("input", MAX_INPUT_CATEGORIES))}
    columns = choice.table.values()
    problems = [p for column in columns if (p := find_name_among_cells(column, file) or find_comma(column))]
    if problems:
        raise ExperimentError(*problems)
    if choice.inputs and all(_names_rows(choice.table[name]) for name in choice.inputs):
        message = f"No column is left to learn {shown(choice.target)} from"
        message += f": every row has a text of its own in {listed([quoted(name) for name in choice.inputs])}."
        raise ExperimentError(Problem(message, hint="To learn a series, add columns with its earlier values."))
    problems = [problem for name, role in roles.items() if (problem := find_problem(choice.table[name], *role))]
    if not choice.inputs:
        problems.append(Problem(f"A CSV file has two columns with a name or more. Received: {choice.target}"))
    if problems:
        raise ExperimentError(*problems)


def _classes(columns: Columns) -> int | None:
    """The classes to learn; None for a regression."""
    few = columns.classes is not None and (columns.targets[0].categories or columns.classes <= _MOST_CLASSES)
    return columns.classes if few else None


# The text.


def _head(file: str, choice: _Choice, columns: Columns, command: str) -> str:
    task = "classification" if _classes(columns) else "regression"
    count = len(choice.inputs)
    source = f"{count} other columns" if count > 1 else "another column"
    purpose = f"# A {task}: {quoted(choice.target)} is predicted from {source} of {quoted(file)}."
    return "\n".join([purpose, command, comment(f"Expect: {_expected(choice, columns)}")])


def _expected(choice: _Choice, columns: Columns) -> str:
    if _classes(columns):
        share = _largest_share(choice)
        return f"an accuracy above {share:.0%}, the share of the most frequent class, if the columns are informative."
    return "a loss well below 1, that of a mean-prediction baseline, if the columns are informative."


def _data(path: str, delimiter: str, choice: _Choice, columns: Columns) -> str:
    comments = [comment(f"The target is {quoted(choice.target)}, {choice.why}. {_task_in_words(choice, columns)}")]
    if choice.left_out:
        reasons = [f"{quoted(name)} ({reason})" for name, reason in choice.left_out.items()]
        comments.append(comment(f"Left out of the inputs: {listed(reasons)}."))
    encoded = [f"{quoted(column.name)} ({column.width})" for column in columns.inputs if column.categories]
    if encoded:
        comments.append(comment(f"Text columns are one-hot encoded: {listed(encoded)}."))
    if choice.rows < _FEWEST_TO_SPLIT:
        comments.append(comment("All of these few rows are training samples; with more, set validation_split: 0.2."))
    return "\n".join([*comments, dump({"data": _settings(path, delimiter, choice, columns)}).rstrip("\n")])


def _settings(path: str, delimiter: str, choice: _Choice, columns: Columns) -> dict[str, object]:
    arguments: dict[str, object] = {"path": path, "target": choice.target}
    if len(choice.inputs) < len(choice.table) - 1:
        arguments["inputs"] = list(choice.inputs)
    if delimiter != ",":
        arguments["delimiter"] = delimiter
    settings: dict[str, object] = {"generator": {"csv": arguments}}
    if choice.rows >= _FEWEST_TO_SPLIT:
        settings["validation_split"] = 0.2
    if _are_far_apart(choice):
        settings["scale"] = "standard"
    if not _classes(columns):
        settings["scale_targets"] = "standard"
    return settings


def _task_in_words(choice: _Choice, columns: Columns) -> str:
    if choice.table[choice.target].categories:
        return f"Its texts are {columns.classes} classes."
    if _classes(columns):
        return (
            f"Its numbers, 0 to {(columns.classes or 1) - 1}, are taken for classes; if they count or measure "
            "something, end with one unit without activation and take the loss mse."
        )
    return "It is scaled to mean 0 and standard deviation 1 for training; predictions are in its own units."


def _are_far_apart(choice: _Choice) -> bool:
    """Whether an input exceeds the range from -1 to 1, which suits a network best."""
    columns = [choice.table[name].numbers for name in choice.inputs]
    return any(max(numbers) > 1 or min(numbers) < -1 for numbers in columns if numbers)


def _layers(choice: _Choice, columns: Columns) -> str:
    width = sum(column.width for column in columns.inputs)
    units, depth = _hidden(choice.rows, width)
    numbers = f"{width} input numbers" if width > 1 else "1 input number"
    rows = f"{choice.rows:,} row{'s' * (choice.rows != 1)}"
    lines = [f"# Sized for {rows} and {numbers}.", "layers:"]
    lines += [f"  - Dense: {{units: {units}, activation: relu}}"] * depth
    classes = _classes(columns)
    if classes is None:
        return "\n".join([*lines, "  - Dense: {units: 1}"])
    last = "units: 1, activation: sigmoid" if classes <= 2 else f"units: {classes}, activation: softmax"
    return "\n".join([*lines, f"  - Dense: {{{last}}}"])


def _hidden(rows: int, width: int) -> tuple[int, int]:
    """The units of a hidden layer and how many such layers: few where there are few rows for many weights."""
    units = 8 * 2 ** sum(rows >= enough for enough in (200, 2_000, 20_000))
    while units > 8 and units * width > 4 * rows:
        units //= 2
    return units, 1 if rows < 200 else 2


def _training(choice: _Choice, columns: Columns) -> str:
    classes = _classes(columns)
    loss, metric = ("mse", "mae") if classes is None else ("sparse_categorical_crossentropy", "accuracy")
    if classes and classes <= 2:
        loss = "binary_crossentropy"
    batch = next((size for rows, size in ((1_000, 16), (10_000, 32), (100_000, 128)) if choice.rows < rows), 512)
    epochs = min(200, max(1, _STEPS * batch // choice.rows // 10) * 10)
    rate = 0.01 if choice.rows < 1_000 else 0.003
    lines = [f"optimizer: {{Adam: {{learning_rate: {rate}}}}}", f"loss: {loss}", f"metrics: [{metric}]"]
    lines += [f"epochs: {epochs}", f"batch_size: {batch}", "", *_expectation(choice, columns)]
    return "\n".join(lines)


def _expectation(choice: _Choice, columns: Columns) -> list[str]:
    prefix = "val_" if choice.rows >= _FEWEST_TO_SPLIT else ""
    weak = f"accuracy > {_largest_share(choice):.2f}" if _classes(columns) else "loss < 1"
    return ["# Conditions on the final metrics; they decide the exit status.", "# expect:", f"#   - {prefix}{weak}"]


def _largest_share(choice: _Choice) -> float:
    column = choice.table[choice.target]
    counts = Counter(column.codes if column.numbers is None else column.numbers)
    return max(counts.values()) / len(column)
