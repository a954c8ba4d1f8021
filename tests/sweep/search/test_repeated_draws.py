"""A search that trains every draw with several seeds: the study is told the center of their objectives."""

import math
import statistics
from datetime import UTC, datetime
from pathlib import Path

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from nnrun.errors import ExperimentError
from nnrun.runs.record import begun, write_record
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep, request_sweep
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.search.study import JOURNAL, Study

SEARCHED = """
data: {generator: moons}
layers: [{Dense: {units: 4, activation: relu}}, {Dense: {units: 1}}]
optimizer: adam
loss: mse
epochs: 16
seed: 3
sweep:
  search: {optimizer.learning_rate: "log_uniform(1e-5, 1)", layers.0.units: "integers(1, 64)"}
  trials: 10
  objective: median(min(loss))
  repeat: 3
"""


def plan_of(file: Path, *overrides: str) -> SweepPlan:
    return plan_sweep(request_sweep(file, overrides))


@pytest.fixture
def plan(experiment_file) -> SweepPlan:
    return plan_of(experiment_file(SEARCHED))


def value_of(trial: Trial) -> float | None:
    """What a trial would come to: one of three seeds fails at a low rate, two at a high one."""
    rate, seed = trial.settings["optimizer.learning_rate"], trial.settings["seed"]
    failing = seed == 1 if rate < 1e-2 else seed > 0
    return None if failing else abs(math.log10(rate) + 2) + seed


def outcome_in(folder: Path, trial: Trial) -> TrialOutcome:
    (folder / "trials" / trial.name).mkdir(parents=True, exist_ok=True)
    write_record(folder / "trials" / trial.name, begun(trial.experiment, datetime.now(UTC), (), {}))
    value = value_of(trial)
    reason = "It diverged." if value is None else None
    return TrialOutcome(
        trial.index, "failed" if reason else "completed", f"trials/{trial.name}", reason, objective=value
    )


def searched(plan: SweepPlan, folder: Path) -> list[Trial]:
    study, done = Study(plan.search, plan.name, folder), []
    while trials := study.ask():
        done += trials
        study.tell([outcome_in(folder, trial) for trial in trials])
    return done


def test_every_draw_is_trained_with_each_seed(plan, tmp_path):
    trials = searched(plan, tmp_path)
    assert plan.count == len(trials) == 30
    assert plan.columns == ("optimizer.learning_rate", "layers.0.units", "seed")
    assert [trial.index for trial in trials] == list(range(30))
    assert [trial.settings["seed"] for trial in trials] == [0, 1, 2] * 10
    assert [trial.experiment.seed for trial in trials] == [0, 1, 2] * 10
    for draw in range(10):
        alike = {(t.settings["optimizer.learning_rate"], t.settings["layers.0.units"]) for t in trials[3 * draw :][:3]}
        assert len(alike) == 1


def test_the_study_knows_the_draws_and_the_center_of_each(plan, tmp_path):
    trials = searched(plan, tmp_path)
    storage = JournalStorage(JournalFileBackend(str(tmp_path / JOURNAL)))
    study = optuna.load_study(study_name=plan.name, storage=storage)
    assert len(study.trials) == 10
    for number, known in enumerate(study.trials):
        values = [value_of(trial) for trial in trials[3 * number :][:3]]
        center = statistics.median([math.inf if value is None else value for value in values])
        assert (known.state.name, known.value) == (("COMPLETE", center) if math.isfinite(center) else ("FAIL", None))
        assert known.user_attrs["folder"] == f"trials/{trials[3 * number].name}"
    assert {known.state.name for known in study.trials} == {"COMPLETE", "FAIL"}


def test_the_median_is_the_center_that_is_not_written(experiment_file):
    written = plan_of(experiment_file(SEARCHED), "sweep.objective=min(loss)")
    assert str(written.settings.objective) == "median(min(loss))"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("  repeat: 3\n", "  repeat: 3\n  pruner: median\n", 13, "A pruner compares single trainings"),
        ("  repeat: 3\n", "", 11, "median is that of the seeds of a draw, and every draw is trained once"),
        ("repeat: 3", "repeat: 3\n  seeds: {order: 0..1}", 13, "A search stands alone, without seeds"),
        ("median(min", "mode(min", 11, r"An objective is min\(METRIC\) or max\(METRIC\)"),
    ],
)
def test_what_does_not_go_together_is_refused_in_its_place(experiment_file, old, new, line, message):
    with pytest.raises(ExperimentError, match=message) as caught:
        plan_of(experiment_file(SEARCHED.replace(old, new)))
    assert caught.value.problems[0].place.line == line
