"""The section `data` of an experiment proposed for a file, and the reasons for it as comments."""

from __future__ import annotations

from typing import Any

from nnrun.data.files.form_guess import GuessedForm
from nnrun.data.profile.suspicions import IMBALANCED
from nnrun.errors import listed
from nnrun.experiment.text.dump import dump
from nnrun.experiment.word_encoding import DEFAULT_BUCKETS
from nnrun.templates.column_choice import KEPT_WORDS, ColumnChoice
from nnrun.templates.comment import comment, quoted
from nnrun.templates.file_columns import FileRows

_MOST_NAMES = 12  # in a row
_UNEVEN = 2.0  # how many times as many rows a class may have where the split is not stratified


def data_section(path: str, rows: FileRows, choice: ColumnChoice) -> str:
    """The section `data`, with the reasons above it.

    Args:
        path: the file, relative to the experiment.
        rows: its rows, and how it is written.
        choice: the columns.
    """
    sentences = [
        f"The target is {quoted(choice.target)}, {choice.why}. {_task_in_words(choice)}",
        *_reasons(rows, choice),
    ]
    settings = dump({"data": _settings(path, rows, choice)}).rstrip("\n")
    return "\n".join([*map(comment, sentences), settings])


def _reasons(rows: FileRows, choice: ColumnChoice) -> list[str]:
    """Why the data are read, prepared and split as they are, a sentence or two each."""
    form, found = rows.form, []
    if rows.test:
        found.append(f"The file has a test set of {rows.test.rows:,} rows, which is measured at the end.")
    if form.columns:
        found.append("The first line holds data, so the columns are named here; give them names of their own.")
    if choice.left_out:
        reasons = [f"{quoted(name)} ({reason})" for name, reason in choice.left_out.items()]
        found.append(f"Left out of the inputs: {listed(reasons, _MOST_NAMES)}.")
    texts = [name for name in choice.inputs if choice.table[name].kind == "text"]
    if texts:
        encoded = [f"{quoted(name)} ({choice.numbers_of(name)})" for name in texts]
        found.append(f"Text columns are one-hot encoded: {listed(encoded, _MOST_NAMES)}.")
    if choice.many_words:
        found.append(f"Of many texts the {KEPT_WORDS} most frequent are encoded, all others as one: max_words.")
    if choice.hashed:
        shared = f"Texts of which there are more share {DEFAULT_BUCKETS} buckets by their hash"
        found.append(f"{shared}: {listed([*map(quoted, choice.hashed)], _MOST_NAMES)}.")
    if choice.gaps:
        gaps = [f"{quoted(name)} ({count:,})" for name, count in choice.gaps.items()]
        found.append(f"Missing cells: {listed(gaps, _MOST_NAMES)}. {_GAPS}")
    dates = [name for name in form.dates if name in (*choice.inputs, choice.target)]
    if dates:
        found.append(f"Dates are read as numbers, days since 1970: {listed([*map(quoted, dates)], _MOST_NAMES)}.")
    if not choice.is_split:
        found.append("All of these few rows are training samples; with more, set validation_split: 0.2.")
    elif _split(form, choice) == "stratified":
        found.append("The classes have unlike numbers of rows, so each has the same share in both sets.")
    elif _split(form, choice):
        found.append("The last rows by date are the validation set.")
    if choice.is_uneven(IMBALANCED):
        found.append("Judge by the confusion matrix, not by accuracy; class_weight: balanced weights the rare classes.")
    return found


_GAPS = (
    "The median of the training rows stands for a missing number, a number of its own for a missing text; rows without "
    "a target are left out."
)


def _settings(path: str, rows: FileRows, choice: ColumnChoice) -> dict[str, Any]:
    form = rows.form
    arguments: dict[str, Any] = {"path": path} | ({} if rows.are_usual else {"target": choice.target})
    split = _split(form, choice) if choice.is_split else None
    if len(choice.inputs) < len(choice.table) - 1 or choice.left_out or isinstance(split, dict):
        arguments["inputs"] = list(choice.inputs)
    settings: dict[str, Any] = {"generator": {rows.generator: arguments | _used_arguments(rows, choice)}}
    prepare = {name: _steps(choice, name) for name in (*choice.inputs, choice.target)}
    if any(prepare.values()):
        settings["prepare"] = {"columns": {name: steps for name, steps in prepare.items() if steps}}
    if choice.is_split:
        settings["validation_split"] = 0.2
        settings |= {"split": split} if split else {}
    if choice.brightest is None and _are_far_apart(choice):
        settings["scale"] = "standard"
    if not choice.classes:
        settings["scale_targets"] = "standard"
    return settings


def _used_arguments(rows: FileRows, choice: ColumnChoice) -> dict[str, Any]:
    """The arguments of the form, of the dates those of columns that are used."""
    arguments = rows.form.arguments()
    dates = {name: how for name, how in arguments.pop("dates", {}).items() if name in (*choice.inputs, choice.target)}
    return arguments | ({"dates": dates} if dates else {})


def _steps(choice: ColumnChoice, name: str) -> dict[str, Any]:
    """How a column is prepared, where not as all others."""
    steps: dict[str, Any] = {}
    if name in choice.gaps:
        kind = choice.table[name].kind
        steps["missing"] = "drop" if name == choice.target else "indicator" if kind == "text" else "median"
    if name in choice.many_words:
        steps["max_words"] = KEPT_WORDS
    if name in choice.hashed:
        steps["words"] = "hash"
    return steps


def _split(form: GuessedForm, choice: ColumnChoice) -> Any:
    """How the rows are split, where not at random; a column with missing cells cannot split them."""
    dates = [name for name in form.dates if name in choice.inputs and name not in choice.gaps]
    if dates:
        return {"order": dates[0]}
    is_known = choice.is_uneven(_UNEVEN) and choice.target not in choice.gaps
    return "stratified" if is_known and min(choice.class_rows.values()) > 1 else None


def _task_in_words(choice: ColumnChoice) -> str:
    classes = choice.classes
    if choice.table[choice.target].kind == "text":
        return f"Its texts are {classes} classes."
    if classes:
        return (
            f"Its numbers, 0 to {classes - 1}, are taken for classes; if they count or measure something, end with one "
            "unit without activation and take the loss mse."
        )
    return "It is scaled to mean 0 and standard deviation 1 for training; predictions are in its own units."


def _are_far_apart(choice: ColumnChoice) -> bool:
    """Whether an input exceeds the range from -1 to 1, which suits a network best."""
    profiles = [choice.profiles[name] for name in choice.inputs]
    return any((p.maximum or 0.0) > 1 or (p.minimum or 0.0) < -1 for p in profiles)
