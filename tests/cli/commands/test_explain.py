"""`nnrun explain` as its users meet it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from experiments import EXPERIMENTS
from nnrun.cli.main import run
from nnrun.runs.arrays import read_arrays, write_arrays

BILINEAR = str(EXPERIMENTS / "bilinear.yaml")

pytestmark = pytest.mark.keras


def explain(*arguments: str, capsys) -> str:
    assert run(["explain", *arguments]) == 0
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """The folder of a small run on scaled data."""
    runs = tmp_path_factory.mktemp("runs")
    overrides = ("--set", "epochs=20", "--set", "data.scale=standard", "--set", "data.scale_targets=minmax")
    overrides += ("--set", "expect=[]", "--no-plots", "--no-report")
    assert run(["train", "-q", str(EXPERIMENTS / "house-prices.yaml"), "--runs-dir", str(runs), *overrides]) == 0
    return next(runs.iterdir())


def test_the_whole_process_prints_text_without_escape_codes_and_nothing_else():
    process = subprocess.run(
        [sys.executable, "-m", "nnrun", "explain", BILINEAR, "--rows", "1"],
        capture_output=True,
        check=True,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "error"},
    )
    text = process.stdout.decode()
    stages = r"reading \S+ …\nloading TensorFlow [\d.]+ …\nbuilding …\ncomputing step 1 …\n"
    assert re.fullmatch(stages, process.stderr.decode())
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80
    assert "z = w·x + b = " in text
    assert "All agree" in text
    excerpt = (EXPERIMENTS.parent / "README.md").read_text(encoding="utf-8").partition("--rows 1`:\n\n```\n")[2]
    lines = excerpt.partition("```")[0].splitlines()
    assert len(lines) > 5
    assert set(lines) <= set(text.splitlines())


def test_the_formats(capsys):
    assert explain(BILINEAR, "--format", "markdown", capsys=capsys).startswith(
        "# bilinear: training step 1, computed by hand"
    )
    assert explain(BILINEAR, "--format", "html", capsys=capsys).startswith("<!DOCTYPE html>")


def test_overrides_rows_and_step_take_effect(capsys):
    text = explain(BILINEAR, "--set", "batch_size=7", "--rows", "2", "--step", "30", capsys=capsys)
    assert "Step 30 of 58000" in text
    assert "This is batch 1 of 29 in epoch 2, with 7 of the 200 training samples." in text
    assert "Sample 2 of the batch" in text
    assert "Sample 3 of the batch" not in text


def test_one_sample_is_in_the_singular(capsys):
    assert "with the only training sample." in explain(BILINEAR, "--set", "data.generator.samples=1", capsys=capsys)


def test_of_a_run_the_trained_model_and_its_predictions_come_first(trained, capsys):
    text = explain(str(trained), "--step", "20", capsys=capsys)
    model, predictions, step = (
        text.index(part) for part in ("The trained model", "Predictions by hand", "Step 20 of 20")
    )
    assert model < predictions < step
    assert "flats′ = (10 − 4)·0.5 = 3" in text
    shown = next(line for line in text.splitlines() if line.startswith("  ŷ  "))
    saved = (trained / "predictions.csv").read_text().splitlines()[1].split(",")[2]
    assert abs(float(shown.split()[2]) - float(saved)) < 0.1


def test_a_run_without_weights_says_so(trained, capsys):
    (trained / "weights.npz").rename(trained / "away.npz")
    try:
        assert "The run has no trained weights" in explain(str(trained), capsys=capsys)
    finally:
        (trained / "away.npz").rename(trained / "weights.npz")


def test_an_unsupported_model_is_no_error(experiment_file, capsys):
    text = """
data: {generator: {moons: {samples: 40}}}
layers: [Dropout: {rate: 0.5}, Dense: {units: 1, activation: sigmoid}]
optimizer: adam
loss: binary_crossentropy
epochs: 2
"""
    text = explain(str(experiment_file(text)), capsys=capsys)
    assert "Not supported by hand: the layer dropout (Dropout)." in text
    assert "Gradients and weight update" in text


def test_a_larger_model_is_summarized_by_statistics(capsys):
    text = explain(str(EXPERIMENTS / "moons.yaml"), capsys=capsys)
    assert "The model has 337 parameters." in text
    assert "All agree" in text


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ((BILINEAR, "--step", "4001"), 2, "--step 4001: The step must be between 1 and 4000. Received: 4001"),
        ((BILINEAR, "--step", "0"), 2, "The step must be between 1 and 4000. Received: 0"),
        ((str(EXPERIMENTS),), 2, "is not the folder of a run: it has no run.json."),
        ((BILINEAR, "--rows", "0"), 64, "0 is not in the range x>=1"),
        (("no-such-file.yaml",), 2, "no-such-file.yaml"),
        (
            (str(EXPERIMENTS / "house-prices.yaml"), "--set", "optimizer.learning_rate=1.0", "--step", "400"),
            3,
            "The training diverges before step 400: a weight is not finite.",
        ),
    ],
)
def test_what_cannot_be_explained_is_an_error(arguments, status, message, capsys):
    assert run(["explain", *arguments]) == status
    assert message in capsys.readouterr().err


def test_a_run_cannot_be_changed(trained, capsys):
    assert run(["explain", str(trained), "--set", "epochs=1"]) == 2
    assert "--set changes the settings of an experiment file, not of a run." in capsys.readouterr().err


def test_a_run_whose_layers_nnrun_01_named_otherwise_is_explained_as_it_was(trained, capsys):
    path = trained / "weights.npz"
    kept = path.read_bytes()
    text = explain(str(trained), capsys=capsys)
    try:
        write_arrays(path, {name.replace("neuron/", "neuron_2/"): array for name, array in read_arrays(path).items()})
        assert explain(str(trained), capsys=capsys) == text
    finally:
        path.write_bytes(kept)


def test_a_run_with_the_weights_of_another_is_refused(trained, capsys):
    kept = (trained / "weights.npz").read_bytes()
    try:
        write_arrays(trained / "weights.npz", {"neuron/kernel": np.zeros((2, 2))})
        assert run(["explain", str(trained)]) == 4
        assert "does not contain the weights neuron/kernel" in capsys.readouterr().err
    finally:
        (trained / "weights.npz").write_bytes(kept)
