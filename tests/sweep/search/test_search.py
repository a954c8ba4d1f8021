"""What a search draws, and when a trial must end early, without training anything."""

import math
import statistics
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from nnrun.errors import ExperimentError
from nnrun.experiment.objective import Objective
from nnrun.experiment.search_section import SearchSettings
from nnrun.runs.record import begun, write_record
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep, request_sweep
from nnrun.sweep.plan.planned_trials import PlannedTrials
from nnrun.sweep.plan.trial import Bound, Trial
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.results.tables import read_table
from nnrun.sweep.search.objective_tracker import ObjectiveTracker
from nnrun.sweep.search.ranking import write_ranking
from nnrun.sweep.search.search import BATCH, Search
from nnrun.sweep.search.study import JOURNAL, Study

SEARCHED = """
data: {generator: moons}
layers: [{Dense: {units: 4, activation: relu}}, {Dense: {units: 1}}]
optimizer: adam
loss: mse
epochs: 16
seed: 3
sweep:
  search:
    optimizer.learning_rate: log_uniform(1e-5, 1)
    layers.0.units: integers(1, 64)
    layers.0.activation: [relu, tanh]
  trials: 40
  objective: min(loss)
"""


def plan_of(file: Path, *overrides: str) -> SweepPlan:
    return plan_sweep(request_sweep(file, overrides))


@pytest.fixture
def plan(experiment_file) -> SweepPlan:
    return plan_of(experiment_file(SEARCHED))


def loss_of(trial: Trial) -> float | None:
    """A valley at a learning rate of 0.01 and tanh; too large a rate diverges."""
    rate, units, activation = trial.settings.values()
    return None if rate > 0.3 else abs(math.log10(rate) + 2) + (activation == "relu") + abs(units - 20) / 100


def outcome_in(folder: Path, trial: Trial, value: float | None) -> TrialOutcome:
    """What came of a trial that was never trained, with its record."""
    (folder / "trials" / trial.name).mkdir(parents=True, exist_ok=True)
    write_record(folder / "trials" / trial.name, begun(trial.experiment, datetime.now(UTC), (), {}))
    status = "failed" if value is None else "completed"
    return TrialOutcome(trial.index, status, f"trials/{trial.name}", objective=value)


def searched(plan: SweepPlan, folder: Path) -> list[tuple[Trial, float | None]]:
    """Every trial of a search, and what it came to."""
    study, done = Study(plan.search, plan.name, folder), []
    while trials := study.ask():
        values = [loss_of(trial) for trial in trials]
        done += zip(trials, values, strict=True)
        study.tell([outcome_in(folder, trial, value) for trial, value in zip(trials, values, strict=True)])
    return done


def draws(done: list[tuple[Trial, float | None]]) -> list[dict[str, object]]:
    return [dict(trial.settings) for trial, _ in done]


def test_the_same_file_draws_the_same_trials_and_another_seed_others(experiment_file, plan, tmp_path):
    first = draws(searched(plan, tmp_path / "1"))
    assert draws(searched(plan, tmp_path / "2")) == first
    assert draws(searched(plan_of(experiment_file(SEARCHED), "seed=4"), tmp_path / "3")) != first


def test_a_search_over_epochs_ranks_with_those_asked_for_and_those_trained(experiment_file, tmp_path):
    plan = plan_of(experiment_file(SEARCHED), "sweep.search={epochs: [8, 16]}")
    study = Study(plan.search, plan.name, tmp_path)
    plan = replace(plan, trials=PlannedTrials.drawn(study.ask()))
    outcomes = {t.index: replace(outcome_in(tmp_path, t, 1.0), epochs=t.index) for t in plan.trials}
    write_ranking(tmp_path / "summary.csv", plan, outcomes)
    rows = read_table(tmp_path / "summary.csv")
    assert [row["epochs"] for row in rows] == [str(t.settings["epochs"]) for t in plan.trials]
    assert [row["trained_epochs"] for row in rows] == [str(t.index) for t in plan.trials]


def test_more_trials_leave_those_before_as_they_are(experiment_file, plan, tmp_path):
    fewer = draws(searched(plan_of(experiment_file(SEARCHED), "sweep.trials=19"), tmp_path / "1"))
    assert len(fewer) == 19
    assert draws(searched(plan, tmp_path / "2"))[:19] == fewer


def test_what_a_batch_comes_to_decides_the_next_and_not_the_batch_itself(plan, tmp_path):
    one, two = (Study(plan.search, "x", tmp_path / name) for name in "12")
    first, same = one.ask(), two.ask()
    assert [t.settings for t in first] == [t.settings for t in same]
    assert len(first) == BATCH
    one.tell([outcome_in(tmp_path / "1", trial, trial.index) for trial in first])
    two.tell([outcome_in(tmp_path / "2", trial, -trial.index) for trial in same])
    assert [t.settings for t in one.ask()] != [t.settings for t in two.ask()]


def test_it_learns_where_the_valley_is_and_leaves_where_training_diverges(experiment_file, tmp_path):
    def late(sampler: str) -> list[float]:
        plan = plan_of(experiment_file(SEARCHED), f"sweep.sampler={sampler}")
        return [math.inf if value is None else value for _, value in searched(plan, tmp_path / sampler)[20:]]

    assert statistics.median(late("tpe")) < statistics.median(late("random")) / 1.5
    assert late("tpe").count(math.inf) < late("random").count(math.inf)


def test_the_largest_is_sought_as_well_as_the_smallest(experiment_file, tmp_path):
    def best(objective: str) -> float:
        plan = plan_of(experiment_file(SEARCHED), f"sweep.objective={objective}", "sweep.trials=24")
        rates = [trial.settings["optimizer.learning_rate"] for trial, _ in searched(plan, tmp_path / objective)[16:]]
        return statistics.median(rates)

    assert abs(math.log10(best("min(loss)")) + 2) < 1 < abs(math.log10(best("max(loss)")) + 2)


def test_every_drawn_value_lies_within_its_distribution_and_has_its_kind(plan, tmp_path):
    for settings_ in draws(searched(plan, tmp_path)):
        rate, units, activation = settings_.values()
        assert isinstance(rate, float)
        assert 1e-5 <= rate <= 1
        assert type(units) is int
        assert 1 <= units <= 64
        assert activation in ("relu", "tanh")


def test_choices_may_be_whole_components_and_a_setting_within_them_comes_after(experiment_file, tmp_path):
    search = (
        "{optimizer.learning_rate: 'uniform(0.5, 1)', optimizer: [sgd, {SGD: {momentum: 0.9}}], shuffle: [1, true]}"
    )
    plan = plan_of(experiment_file(SEARCHED), "sweep.search={batch_size: [1, 1]}")
    assert [trial.settings["batch_size"] for trial in Study(plan.search, "x", tmp_path).ask()] == [1] * BATCH
    plan = plan_of(experiment_file(SEARCHED), f"sweep.search={search.replace('[1, true]', '[false, true]')}")
    for trial in Study(plan.search, "x", tmp_path).ask():
        (arguments,) = trial.experiment.resolved["optimizer"].values()
        assert arguments["learning_rate"] == trial.settings["optimizer.learning_rate"] >= 0.5
        assert arguments["momentum"] == (0.9 if isinstance(trial.settings["optimizer"], dict) else 0.0)


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "message"),
    [
        ("integers(1, 64)", "integers(0, 64)", 11, 21, '"units" must be at least 1. Received: 0'),
        ("[relu, tanh]", "[relu, tanb]", 12, 33, 'Unknown activation "tanb"'),
        ("[relu, tanh]", "[relu, {ELU: {beta: 1}}]", 12, 34, 'Unknown activation "ELU"'),
        ("layers.0.units:", "layers.3.units:", 11, 12, '"layers" has no entry 3'),
        ("log_uniform(1e-5, 1)", "log_uniform(0, 1)", 10, 42, "must be positive"),
        ("min(loss)", "loss", 14, 14, r"min\(METRIC\) or max\(METRIC\)"),
    ],
)
def test_every_end_and_choice_is_checked_before_the_first_trial(experiment_file, old, new, line, column, message):
    with pytest.raises(ExperimentError, match=message) as caught:
        plan_of(experiment_file(SEARCHED.replace(old, new)))
    place = caught.value.problems[0].place
    assert (place.line, place.column) == (line, column)


def test_with_many_settings_each_value_is_still_checked(experiment_file):
    many = "".join(f"    {path}: [1, 2, 3, {last}]\n" for path, last in (("batch_size", 4), ("epochs", 0)))
    more = many + "    layers.0.use_bias: [true, false]\n    shuffle: [true, false]\n"
    with pytest.raises(ExperimentError, match='"epochs" must be at least 1') as caught:
        plan_of(experiment_file(SEARCHED.replace("  trials:", more + "  trials:")))
    assert len(caught.value.problems) == 1


def test_the_journal_is_a_study_that_optuna_opens_and_another_process_writes_it_anew(plan, tmp_path):
    done = searched(plan, tmp_path)
    whole = (tmp_path / JOURNAL).read_bytes()
    (tmp_path / JOURNAL).write_bytes(whole[: len(whole) // 2])
    (tmp_path / f"{JOURNAL}.lock").symlink_to(JOURNAL)  # of a process that was killed while it wrote
    searched(plan, tmp_path)
    storage = JournalStorage(JournalFileBackend(str(tmp_path / JOURNAL)))
    study = optuna.load_study(study_name=plan.name, storage=storage)
    assert [(t.state.name, t.value) for t in study.trials] == [
        ("FAIL" if value is None else "COMPLETE", value) for _, value in done
    ]
    assert study.trials[7].params == done[7][0].settings
    assert study.best_trial.number == min((value, trial.index) for trial, value in done if value is not None)[1]
    assert study.best_trial.user_attrs["folder"].startswith(f"trials/{study.best_trial.number:04}-")


def search_for(pruner: str, rungs: tuple[int, ...], *, largest: bool = False) -> Search:
    objective = Objective("accuracy" if largest else "loss", largest)
    return Search(
        SearchSettings((), 99, objective, "tpe", pruner), ObjectiveTracker(objective, rungs), 0, lambda _: None
    )


def test_a_pruner_looks_at_an_eighth_a_quarter_and_a_half_of_the_epochs(experiment_file):
    def rungs(*overrides: str) -> tuple[int, ...]:
        return plan_of(experiment_file(SEARCHED), *overrides).search.tracker.rungs

    assert rungs() == ()
    assert rungs("sweep.pruner=median") == (2, 4, 8)
    assert rungs("sweep.pruner=halving", "epochs=5") == (1, 2)
    assert rungs("sweep.pruner=median", "sweep.search={epochs: [4, 80]}") == (10, 20, 40)


def test_nothing_is_pruned_before_five_trials_are_trained_to_their_end():
    outcomes = [TrialOutcome(i, "completed", "", objective=1.0, rungs=(1.0,)) for i in range(4)]
    pruned = [TrialOutcome(9, "pruned", "", objective=1.0, rungs=(1.0,))] * 5
    for pruner in ("median", "halving"):
        assert search_for(pruner, (1,)).bounds([*outcomes, *pruned]) == ()
        assert search_for(pruner, (1,)).bounds([*outcomes, *pruned, outcomes[0]]) == (Bound(1, 1.0),)


VALUES = st.lists(st.floats(-10, 10), min_size=5, max_size=12)


@given(VALUES, st.floats(-10, 10), st.booleans())
@settings(max_examples=25)
def test_the_median_is_that_of_optunas_median_pruner(values, value, largest):
    search = search_for("median", (4,), largest=largest)
    outcomes = [TrialOutcome(i, "completed", "", objective=v, rungs=(v,)) for i, v in enumerate(values)]
    (bound,) = search.bounds(outcomes)
    history = {"loss": [0.0] * 3 + [value], "accuracy": [-math.inf if largest else math.inf] * 3 + [value]}
    history = {**history, "loss": history["accuracy"]} if not largest else history
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize" if largest else "minimize", pruner=optuna.pruners.MedianPruner())
    for known in values:
        trial = study.ask()
        trial.report(known, 4)
        study.tell(trial, known)
    trial = study.ask()
    trial.report(value, 4)
    assert search.tracker.falls_behind(history, bound) == trial.should_prune()


@given(VALUES, st.floats(-10, 10), st.booleans())
def test_halving_lets_the_better_half_go_on(values, value, largest):
    search = search_for("halving", (4,), largest=largest)
    outcomes = [TrialOutcome(i, "completed", "", objective=v, rungs=(v,)) for i, v in enumerate(values)]
    (bound,) = search.bounds(outcomes)
    better = sum(search.tracker.objective.rank(v) < search.tracker.objective.rank(value) for v in values)
    goes_on = search.tracker.objective.rank(value) <= search.tracker.objective.rank(bound.value)
    assert goes_on == (better < (len(values) + 1) // 2)


def test_a_trial_that_ended_by_itself_stands_at_later_rungs_with_its_best():
    tracker = ObjectiveTracker(Objective("loss", largest=False), (2, 4, 8))
    history = {"loss": [3.0, 2.0, 2.5]}
    assert tracker.at_rungs(history, whole=True) == (2.0, 2.0, 2.0)
    assert tracker.at_rungs(history, whole=False) == (2.0,)
    assert tracker.best({"loss": [math.nan, 4.0, math.inf]}) == 4.0
    assert tracker.best({"loss": [math.nan]}) is None
    assert not tracker.falls_behind(history, Bound(4, 0.0))
    assert tracker.falls_behind(history, Bound(3, 1.9))
    assert replace(tracker, objective=Objective("loss", largest=True)).best(history) == 3.0
