"""A cross-validation from its file to its folder: exact folds, every row predicted once by the model without it."""

import csv
from pathlib import Path

import pytest
from stopping import Stopping

from nnrun.cli.main import run
from nnrun.data.generate import generate
from nnrun.errors import ExperimentError, Interrupted
from nnrun.predict.trained_run import open_run
from nnrun.run import train_file
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.arrays import read_arrays
from nnrun.runs.bitwise import different_arrays
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.fold_plan import plan_folds
from nnrun.sweep.plan.plan import SweepPlan
from nnrun.sweep.sweep import SweepOptions, resume_sweep, run_sweep
from nnrun.sweep.sweep_end import Sweep

pytestmark = pytest.mark.keras

FOLDED = """
name: folded
data: {generator: {moons: {samples: 40, noise: 0.1}}, folds: 3, test_split: 10, split: stratified, scale: standard}
layers:
  - Dense: {units: 4, activation: tanh}
  - Dense: {units: 1, activation: sigmoid}
optimizer: {SGD: {learning_rate: 0.5}}
loss: binary_crossentropy
metrics: [accuracy]
epochs: 3
expect: [val_loss <= 0.0]
"""


def planned(folder: Path) -> SweepPlan:
    (folder / "folded.yaml").write_text(FOLDED)
    plan = plan_folds(folder / "folded.yaml")
    assert plan is not None
    return plan


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    folder = tmp_path_factory.mktemp("folded")
    options = SweepOptions(folder / "keras", ending="")
    return run_sweep(planned(folder), options, SweepListener(), runs_dir=folder / "runs")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open() as stream:
        return list(csv.DictReader(stream))


def test_every_row_has_the_prediction_of_the_fold_that_did_not_see_it(whole):
    rows = rows_of(whole.folder / "predictions.csv")
    assert len(rows) == 30  # of 40 rows 10 are for the test
    numbers = [int(row["row"]) for row in rows]
    assert numbers == sorted(set(numbers))
    for index, outcome in whole.outcomes.items():
        fold = open_run(whole.folder / outcome.folder)
        validation = generate(fold.experiment, whole.folder).validation
        table = fold.predictor.tabulate(fold.predictor.predict_part("validation", validation.original))
        held_out = [list(row.values()) for row in rows if row["fold"] == str(index + 1)]
        assert [*rows[0]] == [*table.header, "fold"]
        assert held_out == [[*map(str, row), str(index + 1)] for row in sorted(table.rows)]


def test_a_fold_is_bit_for_bit_what_train_makes_of_it(whole, tmp_path):
    trial = whole.folder / whole.outcomes[1].folder
    options = RunOptions(tmp_path / "keras", threads=1, plotted=False)
    alone = train_file(trial / "resolved.yaml", options, RunListener(), runs_dir=tmp_path)
    assert not different_arrays(read_arrays(alone.folder / "weights.npz"), read_arrays(trial / "weights.npz"))


def test_the_folder_has_the_name_of_the_experiment_and_the_mean_is_judged(whole):
    assert whole.folder.name.endswith("-folded")
    assert whole.exit_status == 1
    (verdicts,) = whole.record.expectations.values()
    assert not verdicts[0].met


def test_interrupted_folds_are_resumed_with_the_same_predictions(whole, tmp_path):
    options = SweepOptions(tmp_path / "keras", ending="")
    with pytest.raises(Interrupted):
        run_sweep(planned(tmp_path), options, Stopping(1), runs_dir=tmp_path / "runs")
    (folder,) = (tmp_path / "runs").glob("2*")
    assert not (folder / "predictions.csv").exists()
    done = resume_sweep(folder, options, SweepListener())
    assert (done.folder / "predictions.csv").read_text() == (whole.folder / "predictions.csv").read_text()


def test_a_training_of_several_folds_at_once_is_refused_in_one_process(tmp_path):
    planned(tmp_path)
    with pytest.raises(ExperimentError, match="An experiment with 3 folds is as many trainings"):
        train_file(tmp_path / "folded.yaml", RunOptions(tmp_path / "keras"), RunListener(), runs_dir=tmp_path)


def test_train_prints_each_fold_and_the_mean(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")  # so that no row takes two lines
    planned(tmp_path)
    assert run(["train", str(tmp_path / "folded.yaml"), "--runs-dir", str(tmp_path / "runs"), "--no-report"]) == 1
    shown = capsys.readouterr()
    assert Path(shown.out.strip()).name.endswith("-folded")
    lines = shown.err.splitlines()
    assert lines[0].startswith("folded: 3 folds, in ")
    assert [line.split()[0] for line in lines[-6:-1]] == ["fold", "1", "2", "3", "mean"]
    assert lines[-1].startswith("expected val_loss <= 0.0: FAILED (mean 0.")


def test_options_of_one_run_are_refused(tmp_path, capsys):
    planned(tmp_path)
    assert run(["train", str(tmp_path / "folded.yaml"), "--if-needed"]) == 64
    assert "--if-needed does not apply: the folds are a sweep" in capsys.readouterr().err
