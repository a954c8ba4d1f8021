"""Diagnostics of runs whose loss, activation, weights or targets are unusual, and remedies that can be typed."""

import csv
import io
import json
import re
import shlex
from contextlib import redirect_stderr
from pathlib import Path

import numpy as np
import pytest

from nnrun.cli.main import run
from nnrun.load import load_experiment

# As for every command, a warning of a library is no error.
pytestmark = [pytest.mark.keras, pytest.mark.filterwarnings("default")]

CASES = Path(__file__).parent


def trained(file: Path, tmp_path: Path, *overrides: str) -> tuple[dict, Path, str]:
    """The record of a run, its folder and everything that the command printed to standard error."""
    runs = tmp_path / "runs"
    options = [part for override in overrides for part in ("--set", override)]
    with redirect_stderr(io.StringIO()) as screen:
        run(["train", str(file), "--runs-dir", str(runs), "--no-plots", "--no-report", *options])
    assert runs.exists(), screen.getvalue()
    (folder,) = (path for path in runs.iterdir() if (path / "run.json").exists())
    return json.loads((folder / "run.json").read_text()), folder, screen.getvalue()


def case(name: str, tmp_path: Path, *overrides: str) -> tuple[dict, Path, str]:
    return trained(CASES / name / "exp.yaml", tmp_path, *overrides)


def written(text: str, tmp_path: Path) -> Path:
    file = tmp_path / "exp.yaml"
    file.write_text(text)
    return file


def kinds(record: dict) -> list[str]:
    return [finding["kind"] for finding in record["diagnosis"]]


def check_remedies(record: dict, file: Path) -> list[str]:
    """Applies each setting of the remedies to the experiment, which must load; the settings."""
    settings = [
        shlex.split(found)[0]
        for finding in record["diagnosis"]
        for found in re.findall(r"--set ('[^']*'|\S+?)[,;:.)]*(?= |$)", finding["remedy"])
    ]
    for setting in settings:
        assert load_experiment(file, (setting,)).epochs
    return settings


@pytest.mark.parametrize(
    ("name", "kind", "words", "settings"),
    [
        (
            "logits_as_probabilities",
            "mismatched activation",
            "takes probabilities from 0 to 1, but dense_1 (linear) outputs numbers from -",
            ["layers.1.activation=softmax", "loss={SparseCategoricalCrossentropy: {from_logits: true}}"],
        ),
        (
            "poisson_linear",
            "mismatched activation",
            "takes the logarithm of the outputs",
            ["layers.1.activation=softplus", "layers.1.activation=exponential"],
        ),
        (
            "sigmoid_beyond_reach",
            "unreachable targets",
            "100% of the targets are beyond what dense_1 (sigmoid) can output (from 0 to 1)",
            ["layers.1.activation=linear", "data.scale_targets=minmax"],
        ),
    ],
)
def test_a_wrong_last_layer_is_named_and_nothing_else(name, kind, words, settings, tmp_path):
    record, _, screen = case(name, tmp_path)
    assert kinds(record) == [kind]
    assert words in record["diagnosis"][0]["message"]
    assert check_remedies(record, CASES / name / "exp.yaml") == settings
    assert "smaller learning rate" not in screen


@pytest.mark.parametrize("setting", ["layers.1.activation=softmax", "layers.1.activation=softplus"])
def test_the_remedy_cures(setting, tmp_path):
    name = "logits_as_probabilities" if "softmax" in setting else "poisson_linear"
    record, _, _ = case(name, tmp_path, setting)
    assert "mismatched activation" not in kinds(record)


LAST_LAYER = """
data: {{generator: {{function: {{samples: 200, x: "uniform(-1, 1)", y: "{formula}"}}}}}}
layers:
  - Dense: {{units: 8, activation: tanh}}
  - {last}
optimizer: {{Adam: {{learning_rate: 0.01}}}}
loss: {loss}
epochs: 5
"""


@pytest.mark.parametrize(
    ("formula", "last", "loss", "kind"),
    [
        ("x > 0", "Dense: {units: 1}", "binary_crossentropy", "mismatched activation"),
        ("x > 0", "Dense: {units: 1, activation: tanh}", "binary_crossentropy", "mismatched activation"),
        (
            "x > 0",
            "Dense: {units: 1, activation: sigmoid}",
            "{BinaryCrossentropy: {from_logits: true}}",
            "mismatched activation",
        ),
        ("5 * x", "Dense: {units: 1, activation: tanh}", "mae", "unreachable targets"),
        ("x", "Dense: {units: 1, activation: relu}", "huber", "unreachable targets"),
        ("x > 0", "Dense: {units: 1}", "{BinaryCrossentropy: {from_logits: true}}", None),
        ("x > 0", "Dense: {units: 1, activation: sigmoid}", "mse", None),
        ("abs(x)", "Dense: {units: 1, activation: relu}", "mse", None),
        ("sin(x)", "Dense: {units: 1, activation: tanh}", "mse", None),
        ("x > 0", "Dense: {units: 1}", "hinge", None),
        ("exp(x)", "Dense: {units: 1, activation: exponential}", "poisson", None),
    ],
)
def test_a_last_layer_is_flagged_where_it_does_not_suit_and_only_there(formula, last, loss, kind, tmp_path, recwarn):
    file = written(LAST_LAYER.format(formula=formula, last=last, loss=loss), tmp_path)
    record, _, _ = trained(file, tmp_path)
    wrong = [found for found in kinds(record) if found in ("mismatched activation", "unreachable targets")]
    assert wrong == ([kind] if kind else [])
    check_remedies(record, file)
    assert [warning for warning in recwarn if "from_logits" in str(warning.message)] == []  # of Keras, with a path


def table(folder: Path) -> tuple[list[str], list[list[str]]]:
    with (folder / "predictions.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def test_a_sequence_has_a_true_and_a_predicted_label_per_step(tmp_path):
    record, folder, _ = case("sequence_labels", tmp_path)
    header, rows = table(folder)
    labels = (label for name in "pqr" for label in (name, f"predicted_{name}"))
    assert [name for name in header if "(" not in name] == ["row", "a", "b", "c", *labels]
    for name in "pqr":
        true, predicted = ([int(row[header.index(column)]) for row in rows] for column in (name, f"predicted_{name}"))
        assert true == predicted
        assert set(true) <= {0, 1, 2, 3}
        assert f"p({name}=3)" in header
    assert record["final_metrics"]["val_accuracy"] == 1


def test_shares_of_classes_count_samples_and_not_weights(tmp_path):
    record, _, _ = case("weighted_share", tmp_path)
    assert "no better than a baseline" not in kinds(record)


def test_the_remedy_for_repeated_rows_names_no_setting_that_does_not_exist(tmp_path):
    record, _, _ = case("repeated_rows_remedy", tmp_path)
    (found,) = (finding for finding in record["diagnosis"] if finding["kind"] == "duplicate rows")
    assert found["remedy"] == "Remove the duplicate rows from the data."
    check_remedies(record, CASES / "repeated_rows_remedy" / "exp.yaml")


CONSTANT_LOSS = """
data: {generator: {function: {samples: 40, x: "uniform(-1, 1)", c: "0 * x + 3"}}, validation_split: 0.25}
layers: [{Dense: {units: 1}}]
optimizer: {SGD: {learning_rate: 1e-12}}
loss: mse
epochs: 40
"""


def test_a_loss_that_never_changes_has_no_best_epoch_and_no_plateau(tmp_path):
    record, folder, _ = trained(written(CONSTANT_LOSS, tmp_path), tmp_path)
    assert "plateau" not in kinds(record)
    assert run(["report", str(folder)]) == 0
    assert "best, epoch" not in (folder / "report.html").read_text()


def test_the_losses_per_output_are_those_of_keras(tmp_path):
    final = case("uneven_last_batch", tmp_path)[0]["final_metrics"]
    total = final["one_loss"] + final["two_loss"]
    assert total != pytest.approx(final["loss"], rel=0.1)  # a mean of batches, the last one of a single sample


DEAD = """
data: {generator: {function: {samples: ROWS, x: "uniform(0, 1)", y: "x"}}}
layers:
  - Dense: {name: hidden, units: 40, activation: ACTIVATION, kernel_initializer: {RandomUniform: RANGE}}
  - Dense: {units: 1}
optimizer: {SGD: {learning_rate: 1.0e-9}}
loss: mse
epochs: 2
"""


@pytest.mark.parametrize(
    ("most", "activation", "rows"),
    [
        *((0.05, "relu", 50), (1, "relu", 3000), (0.05, "relu6", 3000), (1, "relu6", 50)),
        *(
            pytest.param(*case, marks=pytest.mark.slow)
            for case in ((0.05, "relu", 3000), (1, "relu", 50), (0.05, "relu6", 50), (1, "relu6", 3000))
        ),
    ],
)
def test_picture_and_diagnosis_count_the_units_that_are_dead(most, activation, rows, tmp_path):
    text = (
        DEAD.replace("RANGE", f"{{minval: -1, maxval: {most}}}")
        .replace("ACTIVATION", activation)
        .replace("ROWS", str(rows))
    )
    record, folder, _ = trained(written(text, tmp_path), tmp_path)
    weights = np.load(folder / "weights.npz")
    known = int((weights["hidden/kernel"][0] <= 0).sum())  # x is positive, and the bias is 0
    assert 0 < known < 40
    pictures = json.loads((folder / "plots/scene.json").read_text())["pictures"]
    (picture,) = (one for one in pictures if one["kind"] == "activations")
    assert {layer["name"]: layer["dead"] for layer in picture["values"]["layers"]} == {"hidden": known, "dense": None}
    found = [one["evidence"]["dead units"] for one in record["diagnosis"] if one["kind"] == "dead units"]
    assert found == ([known] if known >= 32 else [])
