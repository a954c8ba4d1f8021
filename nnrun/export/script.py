"""A plain Keras program that repeats the training of a run without nnrun."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from nnrun.data.rows import input_shapes
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.seeds import SOURCES
from nnrun.export.data_code import data_code
from nnrun.export.model_code import compile_code, network_code
from nnrun.export.parts_code import Parts, parts_code, refuse_other_splits
from nnrun.export.prepared_parts import prepared_parts
from nnrun.export.python_text import Variables, docstring
from nnrun.export.stored_parts import StoredParts
from nnrun.export.training_code import batches_code, fit_code, is_size_told, result_code, schedule_code
from nnrun.runs.data_record import DataRecord
from nnrun.runs.trained_files import TrainedFiles

_RESERVED = (
    *("keras", "layers", "np", "csv", "itertools", "Path", "tf", "seed", "rng", "order", "model", "batches", "history"),
    *("table", "columns", "header", "rows", "reader", "file", "points", "classes", "images", "test_images", "start"),
    *("low", "high", "sizes", "batched"),
    *("test_classes", "radius", "angle", "constant", "w", "w_train", "w_val", "w_test", "names", "label", "count"),
    *("by_class", "schedule", "best", "name", "values", "value", "results", "predicted", "point", "block", "samples"),
    *("x_train", "x_val", "x_test", "y_train", "y_val", "y_test", "numbers", "one_hot", "labels", "scaled", "training"),
    *("clouds", "signs", "square", "row", "column", "means", "covariances", "drawn", "vectors", "roots", "root"),
    *("flipped", "epochs", "lfilter", "tokens", "answers", "pairs", "inverses", "delayed", "texts", "test_texts"),
    *("test_points", "test_values", "validation", "test", "parts", "part", "fill", "gaps", "positions", "cell"),
    *("sha256", "words", "group", "found"),
    *(f"{source}_seed" for source in SOURCES),
)
# Where each seed stands in the program.
_SEED_USES = (
    ("data", "default_rng([seed, 0])"),
    ("split", "default_rng([seed, 1])"),
    ("split", "default_rng([seed, 3])"),
    ("weights", "keras.utils.set_random_seed(seed)"),
    ("order", "default_rng([seed, 2, block])"),
)
_OF_DATA = ("data", "split")
_TO_READ = ("from pathlib import Path",)
_OTHERS = ("from sklearn", "from scipy")
_MANY_EMPTY = re.compile(r"\n{4,}")

# Networks of these layers alone compute the same bits with any number of threads.
_SERIAL = frozenset(
    (
        *("Dense", "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Flatten", "Reshape", "Permute"),
        *("Rescaling", "Dropout", "Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"),
    )
)


@dataclass(frozen=True)
class RepeatableTraining:
    """How a run was trained.

    Args:
        experiment: its experiment.
        data: the columns of its data.
        engine: what computed its epochs: graph, xla or keras.
        threads: the number of threads within an operation.
        best: whether the program ends with the weights of the best epoch.
    """

    experiment: Experiment
    data: DataRecord
    engine: str
    threads: int | None
    best: bool


def repeatable_training(files: TrainedFiles, *, best: bool) -> RepeatableTraining:
    """How a run was trained, for a program that repeats it.

    Args:
        files: what the run's folder holds.
        best: whether the program ends with the weights of the best epoch.

    Raises:
        ExperimentError: no program can repeat it.
    """
    record = files.record
    if files.experiment.start:
        raise ExperimentError(Problem("The run starts from the weights of another run; a script has no code for it."))
    if record.device and "," in record.device:
        raise ExperimentError(Problem(f"The run was trained on several devices ({record.device}); a script takes one."))
    if record.changes:
        changed = ", ".join(dict.fromkeys(change.setting for change in record.changes))
        raise ExperimentError(Problem(f"The run was resumed with another {changed}; a script trains with one setting."))
    return RepeatableTraining(files.experiment, files.data, record.engine or "graph", record.threads, best)


def program_variables() -> Variables:
    """The names of a program that has no names of the experiment yet."""
    return Variables(_RESERVED)


def script_text(training: RepeatableTraining, folder: Path, head: str, stored: StoredParts | None = None) -> str:
    """The text of the program.

    Args:
        training: how the run was trained.
        folder: the folder that the program will lie in.
        head: what it is, in sentences.
        stored: the data, for a program that reads them from a file; by default it makes them.

    Raises:
        NoDataCode: the program cannot make these data.
        ExperimentError: there is no such program for something else in the experiment.
    """
    experiment = training.experiment
    variables = stored.variables if stored else program_variables()
    parts, needed = (stored.parts, _TO_READ) if stored else _made_parts(training, variables, folder)
    seeds = {source: seed for source, seed in experiment.named_seeds.items() if not stored or source not in _OF_DATA}
    shapes = dict(zip((entry.name for entry in experiment.inputs), input_shapes(experiment), strict=True))
    sections = [
        [docstring(head)],
        _imports(training, needed, uses_tf=_needs_threads(training) or is_size_told(experiment, parts)),
        [
            f"seed = {experiment.seed}",
            *(f"{source}_seed = {seed}" for source, seed in seeds.items()),
            *_settings(training),
        ],
        ["# Data", *parts.lines],
        ["# Model", "keras.utils.set_random_seed(seed)", *network_code(experiment, shapes, variables)],
        compile_code(experiment, xla=training.engine == "xla"),
        ["", *batches_code(experiment, parts), ""] if experiment.shuffle else [],
        ["# Training", *schedule_code(experiment), *fit_code(experiment, parts, best=training.best)],
        result_code(experiment, parts, best=training.best),
        [f'model.save("{experiment.name}.keras")'],
    ]
    body = "\n\n".join("\n".join(section) for section in sections if section)
    for source, use in _SEED_USES:
        if source in seeds:
            body = body.replace(use, _named(use, source))
    return f"{_MANY_EMPTY.sub(chr(10) * 3, body)}\n"


def _made_parts(training: RepeatableTraining, variables: Variables, folder: Path) -> tuple[Parts, tuple[str, ...]]:
    """The code that makes the data and prepares them, and the lines that import what it needs."""
    experiment = training.experiment
    refuse_other_splits(experiment.data)
    code = data_code(experiment, variables, folder)
    parts_of = prepared_parts if experiment.data.prepare else parts_code
    parts = parts_of(experiment, training.data, code, variables)
    hashing = ("from hashlib import sha256",) if any("sha256(" in line for line in parts.lines) else ()
    return replace(parts, lines=[*code.lines, *parts.lines]), (*code.imports, *hashing)


def _named(use: str, source: str) -> str:
    """The use of a seed with the name of the source's own."""
    return re.sub(r"(?<=[\[(])seed\b", f"{source}_seed", use)


def _imports(training: RepeatableTraining, needed: tuple[str, ...], *, uses_tf: bool) -> list[str]:
    standard = [line for line in needed if not line.startswith(_OTHERS)]
    standard += ["import itertools"] if training.experiment.shuffle else []
    others = ["import keras", "import numpy as np"]
    others += ["import tensorflow as tf"] if uses_tf else []
    others += ["from keras import layers"]
    others += [line for line in needed if line.startswith(_OTHERS)]
    plain = sorted(line for line in standard if line.startswith("import"))
    return [*plain, *sorted(line for line in standard if line.startswith("from")), *([""] if standard else []), *others]


def _needs_threads(training: RepeatableTraining) -> bool:
    kinds = {layer.component.name for layer in training.experiment.layers}
    return training.threads is not None and not kinds <= _SERIAL


def _settings(training: RepeatableTraining) -> list[str]:
    lines = []
    if _needs_threads(training):
        lines.append("# The last bits of some operations depend on the number of threads.")
        lines.append(f"tf.config.threading.set_intra_op_parallelism_threads({training.threads})")
    if training.experiment.precision != "float32":
        lines.append(f'keras.config.set_dtype_policy("{training.experiment.precision}")')
    return lines
