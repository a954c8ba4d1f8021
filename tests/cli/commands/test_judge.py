"""`nnrun judge` judges finished runs by their own expectations and by others, without TensorFlow."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from stored_runs import add_run

from nnrun.cli.main import nnrun, run
from nnrun.runs.arrays import write_arrays
from nnrun.runs.record import read_record

NAME = "20261123-142233-bilinear"
EXPECTING = ("epochs: 400", "epochs: 400\npredict: [0, 1.5]\nexpect: [loss <= 0.02, 'prediction[1] in [1, 2]', finite]")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run whose loss ends with 0.004, and whose samples 0 and 1.5 have the predictions 0 and 1.01."""
    monkeypatch.chdir(tmp_path)
    made = add_run(Path("runs"), NAME, EXPECTING, header=("x", "predicted_y"), final_metrics={"loss": 0.004})
    write_arrays(made / "weights.npz", {"neuron/kernel": np.array([[2.0]]), "neuron/bias": np.array([-2.0])})
    return made


def judge(*arguments: str) -> Result:
    return CliRunner().invoke(nnrun, ["judge", *arguments], catch_exceptions=False, standalone_mode=False)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["judge", *arguments]) == 2
    return capsys.readouterr().err


def test_a_run_is_judged_by_its_own_expectations_and_stays_as_it_is(folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    result = judge("latest")
    assert result.return_value == 0
    assert result.stdout.splitlines() == [
        "expectation                      value   bound  margin   first met",
        "loss <= 0.02             passed  0.004          0.016    epoch 284",
        "prediction[1] in [1, 2]  passed  1.012   1      0.01235",
        "finite                   passed  finite",
    ]
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_others_may_be_given_and_the_exit_status_is_1_where_one_fails(folder: Path) -> None:
    given = ("--expect", "best(loss) <= 0.001", "--expect", 'weight("neuron", "bias") == -2')
    result = judge(NAME, *given, "--json")
    assert result.return_value == 1
    content = json.loads(result.stdout)
    assert content["folder"] == f"runs/{NAME}"
    failed, passed = content["expectations"]
    assert failed == {
        "expectation": "best(loss) <= 0.001",
        "value": pytest.approx(0.004),
        "met": False,
        "since": None,
        "reason": None,
        "bound": 0.001,
        "margin": pytest.approx(-0.003),
    }
    assert (passed["met"], passed["value"]) == (True, -2.0)


def test_another_run_is_named_as_everywhere(folder: Path) -> None:
    add_run(Path("runs"), "20261123-132233-other", final_metrics={"loss": 0.008}, epochs=200)
    worse = ("--expect", "loss <= baseline(loss)", "--expect", "epochs <= 2 * baseline(epochs)")
    for name in ("20261123-13", "runs/20261123-132233-other", "runs/20261123-132233-other/run.json"):
        assert judge("latest", *worse, "--baseline", name).return_value == 0
    assert judge("20261123-13", *worse, "--baseline", "latest").return_value == 1


@pytest.mark.parametrize("content", [{"loss": 0.008}, {"metrics": {"loss": 0.008}}, {"final_metrics": {"loss": 0.008}}])
def test_a_file_of_numbers_is_another_run(folder: Path, content: dict[str, object]) -> None:
    Path("main.json").write_text(json.dumps(content))
    assert judge("latest", "--expect", "loss <= 0.5 * baseline(loss)", "--baseline", "main.json").return_value == 0


@pytest.mark.parametrize(
    ("condition", "column", "message"),
    [
        ("los <= 1", 0, 'Unknown metric "los".'),
        ("loss <", 6, "This is not an expression: invalid syntax."),
        ("at(loss, 401) < 1", 0, "Epoch 401 is after the last one, 400."),
        ('weight("neurn", "bias") > 0', 0, 'Unknown layer "neurn".'),
        ("prediction[2] > 0", 0, "The setting predict has 2 samples. Received: prediction[2]"),
        ("loss < baseline(loss)", 7, "The expectation compares with another run. Received: baseline(loss)"),
    ],
)
def test_a_bad_expectation_is_refused_at_its_place(
    folder: Path, capsys: pytest.CaptureFixture[str], condition: str, column: int, message: str
) -> None:
    first, line, caret, *_ = refused(capsys, "latest", "--expect", condition).splitlines()
    assert first == f"--expect {condition}: {message}"
    assert (line.strip(), caret.index("^")) == (condition, 4 + column)


def test_a_baseline_without_what_is_compared_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("main.json").write_text('{"loss": 0.008}')
    given = ("latest", "--baseline", "main.json", "--expect")
    assert "The baseline has no accuracy" in refused(capsys, *given, "loss < baseline(accuracy)")
    Path("main.json").write_text("[1]")
    assert "main.json has no metrics: it is no JSON object of numbers by name." in refused(capsys, *given, "loss < 1")


def test_a_run_that_expects_nothing_or_is_not_finished_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_run(Path("runs"), "20261123-150000-plain")
    assert "has no expectations.\n  Write what you expect, as in --expect" in refused(capsys, "20261123-15")
    add_run(Path("runs"), "20261123-160000-half", status="interrupted", final_metrics={})
    assert "cannot be judged: its status is interrupted.\n  To train it to its end: nnrun resume" in refused(
        capsys, "latest"
    )


def test_a_run_that_diverged_fails_what_is_expected_of_its_end(folder: Path) -> None:
    add_run(Path("runs"), "20261123-170000-wild", status="failed", final_metrics={}, reason="It diverged.")
    result = judge("latest", "--expect", "loss < 1")
    assert result.return_value == 1
    assert "FAILED  not measured" in result.stdout


def test_the_record_of_a_judged_run_reads_as_it_was_written(folder: Path) -> None:
    assert [verdict.expectation for verdict in read_record(folder).expectations] == []
