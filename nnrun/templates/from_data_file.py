"""An experiment proposed for a file of rows from the content of its columns; its comments give the reasons."""

from __future__ import annotations

import os
from pathlib import Path

from nnrun.data.splits.key_columns import moment_of
from nnrun.errors import ExperimentError, Problem, listed
from nnrun.experiment.text.yaml_text import MAX_BYTES
from nnrun.templates.column_choice import TARGET_NAMES, ColumnChoice, choose_columns
from nnrun.templates.comment import comment, quoted
from nnrun.templates.file_columns import FileRows, read_file_rows
from nnrun.templates.network_size import layers_section, training_section
from nnrun.templates.proposed_data import data_section

_MOST_NAMES = 12  # in a row


def propose(file: Path, folder: Path, command: str) -> str:
    """The text of an experiment that learns the last column of a file, or that of a telling name, from the others.

    Args:
        file: the absolute path of a CSV or Parquet file, of one of JSON lines, or of an npz file.
        folder: the absolute path of the folder that the experiment will lie in.
        command: the comment that says how to train it.

    Raises:
        ExperimentError: the file cannot be read, or has no column to learn or none to learn from.
    """
    rows = read_file_rows(file)
    if rows.problems:
        raise ExperimentError(*rows.problems)
    choice = choose_columns(rows.table, rows.left_out, rows.mixed, is_named=not rows.form.columns)
    if choice is None or not choice.inputs:
        raise ExperimentError(*rows.mixed.values() or (_nothing_to_learn(rows, choice),))
    meant = [rows.mixed[name] for name in (choice.target, *choice.inputs) if name in rows.mixed]
    if meant:
        raise ExperimentError(*meant)
    path = os.path.relpath(file.parent.resolve() / file.name, folder.resolve())
    sections = [_head(file.name, choice, command), data_section(path, rows, choice)]
    sections.append(layers_section(choice.rows, choice.shape, choice.classes, choice.brightest))
    sections += [training_section(choice.rows, choice.classes), _expectation(choice)]
    text = "\n".join(f"{section}\n" for section in sections)
    if len(text.encode()) > MAX_BYTES:
        message = f"{file.name} has too many columns for an experiment file of {MAX_BYTES >> 10} KiB."
        raise ExperimentError(Problem(message, hint="Remove columns that are not needed from it."))
    return text


def _nothing_to_learn(rows: FileRows, choice: ColumnChoice | None) -> Problem:
    names = [column.name for column in rows.table.columns] + [*rows.left_out]
    if len(names) < 2:
        return Problem(f"A file of rows has two columns with a name or more. Received: {', '.join(names)}")
    deep = [column.name for column in rows.table.columns if column.values.ndim > 2 or column.values.shape[1:] > (1,)]
    if choice is None and set(names) == set(deep):
        named = next((name for name in names if name.casefold() in TARGET_NAMES), names[-1])
        hint = "For a column of each class end with as many units and softmax, and take loss: categorical_crossentropy"
        return Problem(
            f"{quoted(named)} has several numbers in a row; targets of one number are proposed.", hint=f"{hint}."
        )
    learned = f" {quoted(choice.target)} from" if choice else ""
    others = listed([quoted(name) for name in names if not choice or name != choice.target], _MOST_NAMES)
    message = f"No column is left to learn{learned}: every row has a value of its own, or none, in {others}."
    return Problem(message, hint=_how_to_learn(choice) if choice else "")


def _how_to_learn(choice: ColumnChoice) -> str:
    """What an experiment may read, where no column stands for an input by itself."""
    texts = [name for name, column in choice.table.items() if column.kind == "text" and name != choice.target]
    if choice.classes and texts:
        arguments = f"{{path: …, column: {texts[0]}, target: {choice.target}}}"
        return f"If these are texts of several words, read them with the generator text: {arguments}"
    earlier = "To learn a series, add columns with its earlier values"
    are_known = all(name in choice.table for name in choice.left_out)
    if not are_known or not all(moment_of(text) for name in texts for text in choice.table[name].categories):
        return f"{earlier}."
    order = f"split: {{order: {texts[0]}}}, " if texts else ""
    return f"{earlier}, or write data: {{{order}window: {{length: 12, inputs: [{choice.target}]}}}}"


def _head(file: str, choice: ColumnChoice, command: str) -> str:
    task = "classification" if choice.classes else "regression"
    count = len(choice.inputs)
    source = f"{count} other columns" if count > 1 else "another column"
    purpose = f"# A {task}: {quoted(choice.target)} is predicted from {source} of {quoted(file)}."
    return "\n".join([purpose, command, comment(f"Expect: {_expected(choice)}")])


def _expected(choice: ColumnChoice) -> str:
    if choice.classes:
        share = choice.largest_share
        return f"an accuracy above {share:.0%}, the share of the most frequent class, if the columns are informative."
    return "a loss well below 1, that of a mean-prediction baseline, if the columns are informative."


def _expectation(choice: ColumnChoice) -> str:
    prefix = "val_" if choice.is_split else ""
    weak = f"accuracy > {choice.largest_share:.2f}" if choice.classes else "loss < 1"
    lines = ["# Conditions on the final metrics; they decide the exit status.", "# expect:", f"#   - {prefix}{weak}"]
    return "\n".join(lines)
