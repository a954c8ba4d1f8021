"""Every metric against every kind of target: what measures something else is said in `check`, with its remedy."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from nnrun.experiment.schema.catalog import load_catalog
from nnrun.load import load_experiment

TABLE = "{generator: {table: {columns: [%s], rows: %s}}}"
SEVERAL = "{generator: {table: {columns: [x, a, b, c], target: [a, b, c], rows: %s}}}"
ARGUMENTS = {
    "num_classes": 3,
    "target_class_ids": "[0]",
    "recall": 0.5,
    "precision": 0.5,
    "sensitivity": 0.5,
    "specificity": 0.5,
}
SPARSE = {"SparseCategoricalAccuracy", "SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy"}
COUNTS = {"TrueNegatives", "TruePositives", "FalseNegatives", "FalsePositives", "Precision", "Recall"}
AT = {"PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity"}
OF_LABELS = {"accuracy", "AUC", "BinaryIoU", *COUNTS, *AT}
DIFFERENCES = {"LogCoshError", "MeanAbsoluteError", "MeanSquaredError", "R2Score", "RootMeanSquaredError"}
PERCENT = {"MeanAbsolutePercentageError"}
LOGARITHMS = {"MeanSquaredLogarithmicError", "Poisson"}
DIRECTIONS = {"ConcordanceCorrelation", "CosineSimilarity", "PearsonCorrelation"}
VECTORS = {"CategoricalAccuracy", "TopKCategoricalAccuracy", "CategoricalCrossentropy", "CategoricalHinge"}
BINARY = {"BinaryAccuracy", "BinaryCrossentropy"}
ONE_HOT = {"OneHotIoU", "OneHotMeanIoU", "F1Score", "FBetaScore", "KLDivergence"}
CLASSES = {"IoU", "MeanIoU"}


class Compared(NamedTuple):
    """An experiment, and the metrics that measure there what their names say."""

    data: str
    layer: str
    loss: str
    fitting: set[str]


KINDS = {
    "a label of 0 or 1": Compared(
        "{generator: {moons: {samples: 40}}}",
        "units: 1, activation: sigmoid",
        "bce",
        OF_LABELS | BINARY | DIFFERENCES | LOGARITHMS | PERCENT | {"CategoricalHinge"},
    ),
    "a class label": Compared(
        "{generator: iris}",
        "units: 3, activation: softmax",
        "sparse_categorical_crossentropy",
        SPARSE | {"accuracy"},
    ),
    "a one-hot class": Compared(
        "{generator: iris, one_hot: true}",
        "units: 3, activation: softmax",
        "categorical_crossentropy",
        OF_LABELS | VECTORS | DIRECTIONS | ONE_HOT | DIFFERENCES | LOGARITHMS | PERCENT | {"BinaryCrossentropy"},
    ),
    "several labels": Compared(
        SEVERAL % "[[0, 1, 1, 0], [1, 0, 1, 1], [2, 1, 0, 0], [3, 1, 0, 1]]",
        "units: 3, activation: sigmoid",
        "bce",
        (OF_LABELS - {"accuracy"} | BINARY | DIRECTIONS | DIFFERENCES | LOGARITHMS)
        | {"CategoricalCrossentropy", "CategoricalHinge", "OneHotIoU", "OneHotMeanIoU"},
    ),
    "a one-hot class in columns": Compared(
        SEVERAL % "[[0, 1, 0, 0], [1, 0, 1, 0], [2, 1, 0, 0], [3, 0, 0, 1]]",
        "units: 3, activation: sigmoid",
        "bce",
        (OF_LABELS | VECTORS | BINARY | DIRECTIONS | ONE_HOT | DIFFERENCES | LOGARITHMS) - {"KLDivergence"},
    ),
    "a value": Compared(
        TABLE % ("x, y", "[[0, 1.5], [1, 7.5], [2, 2]]"),
        "units: 1",
        "mse",
        DIFFERENCES | PERCENT | CLASSES | {"CategoricalHinge", "Hinge", "SquaredHinge", "MeanSquaredLogarithmicError"},
    ),
    "a value below 0": Compared(
        TABLE % ("x, y", "[[0, 1.5], [1, -7.5], [2, 2]]"),
        "units: 1",
        "mse",
        DIFFERENCES | PERCENT | CLASSES | {"CategoricalHinge", "Hinge", "SquaredHinge"},
    ),
    "a count": Compared(
        TABLE % ("x, y", "[[0, 1], [1, 7], [2, 3]]"),
        "units: 1, activation: softplus",
        "poisson",
        DIFFERENCES | PERCENT | CLASSES | LOGARITHMS | {"CategoricalHinge"},
    ),
    "a sign": Compared(
        TABLE % ("x, y", "[[0, 1], [1, -1], [2, 1]]"),
        "units: 1, activation: tanh",
        "hinge",
        DIFFERENCES | PERCENT | CLASSES | {"CategoricalHinge", "Hinge", "SquaredHinge"},
    ),
    "a label under hinge": Compared(
        "{generator: {moons: {samples: 40}}}",
        "units: 1, activation: tanh",
        "hinge",
        DIFFERENCES | PERCENT | CLASSES | {"CategoricalHinge", "Hinge", "SquaredHinge", "BinaryIoU"},
    ),
}

STEPS = Compared(
    "{generator: {table: {columns: [x, z, a, b], target: [a, b], rows: [[0, 1, 0, 1], [1, 0, 1, 1]]}}}",
    "units: 3, activation: softmax",
    "sparse_categorical_crossentropy",
    set(),
)


def warnings_of(folder: Path, kind: Compared, metric: str) -> list[tuple[str, str]]:
    file = folder / "exp.yaml"
    first = "{Embedding: {input_dim: 2, output_dim: 3}}, " if kind is STEPS else ""
    file.write_text(
        f"data: {kind.data}\nlayers: [{first}{{Dense: {{{kind.layer}}}}}]\noptimizer: adam\nloss: {kind.loss}\n"
        f"metrics: [{metric}]\nepochs: 1\n"
    )
    return [(warning.message, warning.hint or "") for warning in load_experiment(file).warnings]


def every_metric() -> dict[str, str]:
    """Each metric by Keras's name, as it is written with what it requires."""
    catalog, written = load_catalog(), {}
    for name in dict.fromkeys(catalog.own_name("metrics", name) for name in catalog.names("metrics")):
        entry = catalog.entry("metrics", str(name))
        assert entry
        needed = [f"{key}: {ARGUMENTS[key]}" for key, argument in entry.arguments.items() if argument.required]
        written[entry.name] = f"{entry.name}: {{{', '.join(needed)}}}" if needed else entry.name
    return written


@pytest.mark.parametrize("kind", KINDS)
def test_a_metric_that_does_not_fit_the_target_is_warned_of_and_no_other_is(kind: str, tmp_path: Path) -> None:
    written = every_metric()
    found = warnings_of(tmp_path, KINDS[kind], ", ".join(written.values()))
    assert {*written} - {message.split()[0] for message, _ in found} == KINDS[kind].fitting
    assert all(hint for _, hint in found)


@pytest.mark.parametrize(
    ("kind", "metric", "message", "hint"),
    [
        ("a label of 0 or 1", "Accuracy", "equal their targets exactly", "metrics: [accuracy]"),
        ("a label of 0 or 1", "sparse_categorical_accuracy", "of one output", "binary_accuracy"),
        ("a label of 0 or 1", "MeanIoU: {num_classes: 2}", "as whole numbers", "BinaryIoU"),
        ("a class label", "mae", "The target is one class label", "one_hot: true} and loss: categorical_crossentropy"),
        ("a class label", "MeanIoU: {num_classes: 3}", "as whole numbers", "MeanIoU: {…, sparse_y_pred: false}"),
        ("a value", "PearsonCorrelation", "and there is one", "{axis: 0}"),
        ("a value", "AUC", "takes targets of 0 and 1. The target y goes from 1.5 to 7.5", "[mae]"),
        ("a value", "poisson", "takes outputs that are not negative", "Leave the metric out"),
        ("several labels", "sparse_categorical_accuracy", "There are 3 targets", "binary_accuracy"),
        ("several labels", "mape", "The target a is 0 in some rows", "[mae]"),
        ("a label under hinge", "accuracy", "Under hinge the classes are above and below 0", "{threshold: 0}"),
        ("a label under hinge", "AUC", "above or below 0 under hinge", "{from_logits: true}"),
        ("a label under hinge", "Precision", "compares the outputs with 0.5", "{thresholds: 0}"),
    ],
)
def test_the_remedy_names_what_fits(kind: str, metric: str, message: str, hint: str, tmp_path: Path) -> None:
    warning = warnings_of(tmp_path, KINDS[kind], metric)[0]
    assert message.lower() in warning[0].lower()
    assert hint in warning[1]


@pytest.mark.parametrize(
    ("kind", "metric"),
    [
        ("a class label", "MeanIoU: {num_classes: 3, sparse_y_pred: false}"),
        ("a value", "PearsonCorrelation: {axis: 0}"),
        ("a label under hinge", "BinaryAccuracy: {threshold: 0}"),
        ("a label under hinge", "Recall: {thresholds: 0}"),
        ("a label under hinge", "AUC: {from_logits: true}"),
    ],
)
def test_the_remedy_is_a_remedy(kind: str, metric: str, tmp_path: Path) -> None:
    assert warnings_of(tmp_path, KINDS[kind], metric) == []


@pytest.mark.parametrize(("function", "scale", "count"), [("x * x", "", 0), ("x", "", 1), ("x * x", "standard", 1)])
def test_the_logarithmic_error_of_any_output_needs_targets_from_0(
    function: str, scale: str, count: int, tmp_path: Path
) -> None:
    scaled = f", scale_targets: {scale}" if scale else ""
    data = f'{{generator: {{function: {{samples: 40, x: "uniform(-2, 2)", y: "{function}"}}}}{scaled}}}'
    assert len(warnings_of(tmp_path, KINDS["a value"]._replace(data=data), "msle")) == count


def test_the_most_likely_classes_of_logits_are_counted_without_a_threshold(tmp_path: Path) -> None:
    logits = KINDS["a one-hot class"]._replace(layer="units: 3", loss="{CategoricalCrossentropy: {from_logits: true}}")
    assert warnings_of(tmp_path, logits, "Precision: {top_k: 1}") == []
    assert len(warnings_of(tmp_path, logits, "Precision")) == 1


@pytest.mark.parametrize(("second", "count"), [([1, 0, 0], 0), ([1, 1, 0], 1)])
def test_an_array_of_targets_is_known_to_be_one_hot_or_not(second: list[int], count: int, tmp_path: Path) -> None:
    np.savez(tmp_path / "rows.npz", x=np.zeros((2, 4)), y=np.array([[0, 0, 1], second]))
    file = KINDS["a one-hot class in columns"]._replace(data="{generator: {npz: {path: rows.npz}}}")
    assert len(warnings_of(tmp_path, file, "accuracy")) == count


def test_a_metric_of_a_label_per_step(tmp_path: Path) -> None:
    assert warnings_of(tmp_path, STEPS, "accuracy, sparse_top_k_categorical_accuracy") == []
    (warning,) = warnings_of(tmp_path, STEPS, "mae")
    assert warning == (
        "mae compares each of the 3 outputs with a target. The target is one class label here.",
        "Write metrics: [accuracy].",
    )


def test_the_sides_of_a_hinge_need_outputs_of_both_signs(tmp_path: Path) -> None:
    wrong = KINDS["a label under hinge"]._replace(layer="units: 1, activation: sigmoid")
    (warning,) = warnings_of(tmp_path, wrong, "accuracy")
    assert "compares the sign of the outputs" in warning[0]
