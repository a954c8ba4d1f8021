"""What a build server's log has of a run: one line, or the reason with the last epochs and the diagnosis."""

import io
from contextlib import suppress
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from rich.console import Console

from experiments import shipped
from nnrun.cli import ci_listener
from nnrun.cli.ci_listener import CiListener
from nnrun.cli.train_options import make_display
from nnrun.errors import Interrupted, TrainingError
from nnrun.predict.prediction_rows import PredictionTable
from nnrun.runs.finding import Finding
from nnrun.runs.record import RunRecord
from nnrun.runs.verdict import Verdict

MET = Verdict("binary_accuracy >= 0.5", 0.75, met=True, since=1, reason=None)
UNMET = Verdict("binary_accuracy >= 1.0", 0.75, met=False, since=None, reason=None)
UNITS = Finding("dead units", "3 of 16 units output 0 for every sample.", {}, "Use LeakyReLU.")


@pytest.fixture
def clock(monkeypatch):
    """The time, which stands still until it is set."""
    time = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(ci_listener, "time", SimpleNamespace(monotonic=lambda: time.now))
    return time


def shown(folder, clock, *, expectations=(MET,), findings=(), error=None, seconds_an_epoch=0.001):
    """What is printed of a run of 500 epochs."""
    output = io.StringIO()
    console = Console(file=output, color_system=None, force_terminal=False, width=120)
    with suppress(TrainingError, Interrupted), CiListener(console) as listener:
        listener.on_stage("reading xor.yaml")
        listener.on_claimed(shipped("xor"), folder)
        listener.on_stage("compiling (xla)")
        for epoch in range(1, 501, 4):
            clock.now += 4 * seconds_an_epoch
            losses = [1 / (epoch + i) for i in range(4)]
            listener.on_epochs({"loss": losses, "binary_accuracy": [0.75] * 4, "seconds": [0.1] * 4})
        if error:
            listener.on_diagnosed(findings)
            raise error
        listener.on_finished(record(expectations), PredictionTable(("x",), ((1,),)))
        listener.on_diagnosed(findings)
        listener.on_stage("drawing 1 of 9")
    return output.getvalue()


def record(expectations):
    return RunRecord(
        name="xor",
        experiment_sha256="0" * 64,
        status="completed",
        started=datetime.now(UTC),
        seed=0,
        epochs=500,
        seconds=1.25,
        final_metrics={"loss": 0.002, "binary_accuracy": 0.75},
        expectations=expectations,
    )


def test_a_run_that_passes_is_one_line(tmp_path, clock):
    assert shown(tmp_path, clock) == "xor: passed  500 epochs in 1.2 s  loss 0.002  binary_accuracy 0.75\n"
    assert shown(tmp_path, clock, expectations=()).startswith("xor: completed  500 epochs")


def test_a_long_run_shows_its_progress_at_most_every_ten_seconds(tmp_path, clock):
    *progress, last = shown(tmp_path, clock, seconds_an_epoch=0.125).splitlines()
    assert [line.partition("  ")[0] for line in progress] == [
        f"xor: epoch {epoch}/500" for epoch in (80, 160, 240, 320, 400, 480)
    ]
    assert progress[0] == "xor: epoch 80/500  loss 0.0125  binary_accuracy 0.75"
    assert last.startswith("xor: passed")


def test_a_failed_expectation_is_told_with_the_folder_the_last_epochs_and_the_diagnosis(tmp_path, clock):
    assert shown(tmp_path, clock, expectations=(MET, UNMET), findings=[UNITS]).splitlines() == [
        f"xor: FAILED  500 epochs in 1.2 s, in {tmp_path}",
        "  epoch  loss      binary_accuracy",
        "  498    0.002008  0.75",
        "  499    0.002004  0.75",
        "  500    0.002     0.75",
        "  diagnosis: dead units: 3 of 16 units output 0 for every sample.",
    ]


def test_so_is_a_training_that_ended_with_an_error(tmp_path, clock):
    lines = shown(tmp_path, clock, findings=[UNITS], error=TrainingError("Training diverged.")).splitlines()
    assert lines[0] == f"xor: FAILED  500 of 500 epochs, in {tmp_path}"
    assert len(lines) == 6


def test_an_interrupted_run_is_told_by_its_error_alone(tmp_path, clock):
    assert shown(tmp_path, clock, error=Interrupted("Interrupted.")) == ""


@pytest.mark.parametrize(("value", "kind"), [("true", "CiListener"), ("false", "LogListener"), ("", "LogListener")])
def test_a_build_server_is_known_by_its_variable(value, kind, monkeypatch):
    monkeypatch.setenv("CI", value)
    assert type(make_display(quiet=False)).__name__ == kind
    assert type(make_display(quiet=True)).__name__ == "InterruptibleListener"
