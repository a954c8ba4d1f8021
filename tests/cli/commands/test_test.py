"""`nnrun test` as users run it: files are trained, judged and reported."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nnrun.cli.main import run
from nnrun.runs.arrays import read_arrays
from nnrun.runs.bitwise import different_arrays
from nnrun.runs.record import read_record

TABLE = """
name: {name}
data:
  generator:
    table: {{columns: [x, y], rows: [[0, 0], [1, 2], [2, 4]], target: y}}
layers: [{{Dense: {{units: 1, kernel_initializer: ones}}}}]
optimizer: {{SGD: {{learning_rate: {rate}}}}}
loss: mse
epochs: {epochs}
expect: [{expect}]
"""


def experiment(name, expect="loss <= 0.5", rate=0.05, epochs=40):
    return TABLE.format(name=name, expect=expect, rate=rate, epochs=epochs)


# How the line of a result begins.
LINES = ("passed", "FAILED", "ERROR ")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with experiments; one of each kind of end."""
    monkeypatch.chdir(tmp_path)
    for variable in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "NNRUN_RUNS_DIR"):
        monkeypatch.delenv(variable, raising=False)
    folder = tmp_path / "experiments"
    folder.mkdir()
    (folder / "good.yaml").write_text(experiment("good"))
    return folder


@pytest.mark.keras
def test_each_file_is_trained_judged_and_reported(project, tmp_path, monkeypatch, capsys):
    """All ends in one process of workers: passed, failed, diverged, not valid, without expectations."""
    (project / "bad.yaml").write_text(experiment("bad", "loss <= 0.0"))
    (project / "broken.yaml").write_text(experiment("broken", rate="fast"))
    (project / "diverging.yaml").write_text(experiment("diverging", rate=1e30) + "batch_size: 1\n")  # in epoch 1
    (project / "plain.nnrun.yaml").write_text(experiment("plain", ""))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    status = run(["test", "--jobs", "2", "--junit", "junit.xml", "--markdown", "results.md"])
    told = capsys.readouterr()
    assert status == 3, told.err  # the highest: that of the one that diverged
    statuses = {line.split()[1]: line.split()[0] for line in told.out.splitlines() if line[:6] in LINES}
    assert statuses == {
        "experiments/bad.yaml": "FAILED",
        "experiments/broken.yaml": "ERROR",
        "experiments/diverging.yaml": "FAILED",
        "experiments/good.yaml": "passed",
        "experiments/plain.nnrun.yaml": "passed",
    }
    kept = {read_record(folder).name: folder for folder in Path("runs").iterdir()}
    assert kept.keys() == {"bad", "diverging"}
    bad = kept["bad"]
    assert f"run: {bad}" in told.out
    assert "2 passed, 2 failed, 1 error in" in told.out.splitlines()[-4]
    assert "::error file=experiments/bad.yaml,line=10,col=10,title=nnrun test::" in told.out
    assert "::error file=experiments/broken.yaml,line=7,col=" in told.out
    suites = ElementTree.parse("junit.xml").getroot()
    assert {name: suites.get(name) for name in ("failures", "errors")} == {"failures": "2", "errors": "1"}
    assert Path("results.md").read_text() == Path("summary.md").read_text()
    # What is kept is a whole run, with its log and paths that lead from its folder.
    assert (bad / "model.keras").exists()
    assert "expected loss <= 0.0: FAILED" in (bad / "run.log").read_text()
    assert not list(Path("runs").glob(".*"))

    # And it is the run that train gives, bit for bit.
    assert run(["train", "experiments/bad.yaml", "-q", "--no-plots", "--no-report", "--runs-dir", "trained"]) == 1
    (trained,) = Path("trained").iterdir()
    assert not different_arrays(read_arrays(bad / "weights.npz"), read_arrays(trained / "weights.npz"))


@pytest.mark.keras
def test_seeds_are_judged_by_their_share_and_folds_by_their_mean(project, capsys):
    random = experiment("random", "loss <= 0.01, loss <= 9, 'decreasing(loss, 0.9)'").replace(
        ", kernel_initializer: ones", ""
    )
    (project / "good.yaml").write_text(random + "sweep: {grid: {epochs: [1, 2]}}\n")
    folded = experiment("folded", "val_loss <= 9, val_loss <= 0").replace("data:", "data:\n  folds: 3")
    (project / "folded.yaml").write_text(folded)
    assert run(["test", "--seeds", "20", "experiments/good.yaml"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("FAILED   experiments/good.yaml")
    assert re.fullmatch(
        r"  FAILED  loss <= 0.01           \d+ of 20 seeds, 95% interval 0.\d\d to 0.\d\d, not with \d.*", lines[1]
    )
    assert lines[2] == "  passed  loss <= 9.0            20 of 20 seeds, 95% interval 0.84 to 1.00"
    assert lines[3] == "  passed  decreasing(loss, 0.9)  20 of 20 seeds, 95% interval 0.84 to 1.00"
    (sweep,) = Path("runs").iterdir()  # the sweep of what failed is kept
    assert json.loads((sweep / "sweep.json").read_text())["keep"] == "table"
    assert run(["test", "experiments/folded.yaml"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["FAILED", "passed", "FAILED"]
    asked = re.sub("expect: .*", "expect: {share: 0.05, conditions: [loss <= 0.01]}", random)
    (project / "good.yaml").write_text(asked)
    assert run(["test", "--seeds", "20", "experiments/good.yaml", "-q"]) == 0
    (project / "good.yaml").write_text(experiment("compared", "loss <= baseline(loss)"))
    assert run(["test", "--seeds", "2", "experiments/good.yaml"]) == 2
    assert "good.yaml:10:18: The trials of a sweep" in capsys.readouterr().out
    assert run(["test", "experiments/folded.yaml", "--seeds", "2"]) == 2
    assert "has 3 folds, which are not trained with several seeds." in capsys.readouterr().out


@pytest.mark.parametrize(("shard", "tested"), [("1/2", ["a.yaml", "good.yaml"]), ("2/2", ["b.yaml"])])
def test_every_nth_file_belongs_to_a_shard(project, shard, tested, capsys):
    for name in ("a", "b"):
        (project / f"{name}.yaml").write_text(experiment(name, rate="fast"))
    (project / "good.yaml").write_text(experiment("good", rate="fast"))
    assert run(["test", "--shard", shard]) == 2
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("ERROR")]
    assert [line.split()[1] for line in lines] == [f"experiments/{name}" for name in tested]


def test_a_shard_without_an_experiment_has_nothing_to_do(project, capsys):
    assert run(["test", "--shard", "2/2", "experiments/good.yaml", "--junit", "none.xml", "--markdown", "none.md"]) == 0
    assert capsys.readouterr().out == "There are fewer experiments than shards: none is in shard 2/2.\n"
    assert ElementTree.parse("none.xml").getroot().get("tests") == "0"
    assert Path("none.md").read_text().startswith("## nnrun test: no experiment in 0.0 s\n")


@pytest.mark.parametrize(
    ("words", "said", "status"),
    [
        (("nowhere",), "nowhere does not exist.", 2),
        (("--shard", "3/2"), 'A shard is I/N with I from 1 to N. Received: "3/2"', 64),
    ],
)
def test_what_cannot_be_tested_is_told_before_tensorflow_loads(project, words, said, status, capsys):
    assert run(["test", *words]) == status
    assert said in capsys.readouterr().err


def test_a_report_that_could_not_be_written_is_refused_before_the_training(project, capsys):
    assert run(["test", "--junit", "nowhere/junit.xml"]) == 4
    assert "Could not write nowhere/junit.xml" in capsys.readouterr().err
