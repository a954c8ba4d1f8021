"""Folds become trials: of a training all of them, of a sweep all of them for every configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnrun.errors import ExperimentError
from nnrun.sweep.plan.fold_plan import plan_folds
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep, request_sweep

FOLDED = """
data: {generator: {moons: {samples: 30, noise: 0.1}}, folds: 3}
layers: [{Dense: {units: 1, activation: sigmoid}}]
optimizer: {SGD: {learning_rate: 0.1}}
loss: binary_crossentropy
epochs: 2
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "folded.yaml"
    path.write_text(FOLDED)
    return path


def settings_of(plan: SweepPlan | None) -> list[dict[str, object]]:
    assert plan is not None
    return [dict(trial.settings) for trial in plan.trials]


def test_a_training_with_folds_is_a_trial_per_fold(file: Path) -> None:
    plan = plan_folds(file, name="other")
    assert settings_of(plan) == [{"data.fold": 1}, {"data.fold": 2}, {"data.fold": 3}]
    assert plan is not None
    assert plan.name == "other"
    assert [trial.experiment.data.fold for trial in plan.trials] == [1, 2, 3]
    assert [trial.name for trial in plan.trials] == ["0000-fold-1", "0001-fold-2", "0002-fold-3"]


def test_a_training_of_one_fold_or_without_folds_is_none(file: Path) -> None:
    assert plan_folds(file, ("data.fold=2",)) is None
    file.write_text(FOLDED.replace(", folds: 3", ""))
    assert plan_folds(file) is None
    assert settings_of(plan_folds(file, ("data.folds=2",))) == [{"data.fold": 1}, {"data.fold": 2}]


def test_the_section_sweep_and_ranges_of_seeds_are_those_of_a_sweep_alone(file: Path) -> None:
    file.write_text(f"{FOLDED}sweep: {{grid: {{epochs: [1, 2]}}}}\n")
    assert len(settings_of(plan_folds(file))) == 3
    file.write_text(f"{FOLDED}seeds: {{weights: 0..9}}\n")
    with pytest.raises(ExperimentError, match='"weights" is a range of seeds, and a training has one'):
        plan_folds(file)


def test_every_configuration_of_a_sweep_is_trained_on_all_folds(file: Path) -> None:
    plan = plan_sweep(request_sweep(file, (), ("epochs=[1, 2]",)))
    assert plan.columns == ("epochs", "data.fold")
    assert [tuple(settings.values()) for settings in settings_of(plan)] == [
        (epochs, fold) for epochs in (1, 2) for fold in (1, 2, 3)
    ]
    assert not plan.cross_validated


def test_folds_that_are_an_axis_already_stay_as_they_are(file: Path) -> None:
    assert len(settings_of(plan_sweep(request_sweep(file, (), ("data.fold=2..3",))))) == 2
    assert len(settings_of(plan_sweep(request_sweep(file, ("data.fold=2",), ("seed=0..3",))))) == 4


def test_trials_with_different_numbers_of_folds_are_refused(file: Path) -> None:
    with pytest.raises(ExperimentError, match="have the same number of folds"):
        plan_sweep(request_sweep(file, (), ("data.folds=[2, 3]",)))


@pytest.mark.parametrize(
    "sweep",
    [
        "grid: {data: [{generator: circles}, {generator: moons, folds: 3}]}",
        "variants: {a: {data: {generator: moons, folds: 2}}}",
        "random: {trials: 2, data: [{generator: moons, folds: 3}, {generator: moons, folds: 4}]}",
        "zip: {data: [{generator: moons, folds: 5}, {generator: moons, folds: 3}], epochs: [1, 2]}",
        "search: {data: [{generator: moons, folds: 3}, circles]}, trials: 2, objective: min(loss)",
    ],
)
def test_data_as_a_whole_with_other_folds_are_refused(sweep: str, file: Path) -> None:
    file.write_text(f"{FOLDED}sweep: {{{sweep}}}\n")
    with pytest.raises(ExperimentError, match="have the same number of folds"):
        plan_sweep(request_sweep(file))


def test_data_as_a_whole_with_as_many_folds_or_a_chosen_one_are_trained(file: Path) -> None:
    data = ("data=[{generator: moons, folds: 3}, {generator: circles, folds: 3}]",)
    assert len(settings_of(plan_sweep(request_sweep(file, (), data)))) == 6
    assert len(settings_of(plan_sweep(request_sweep(file, ("data.fold=2",), data)))) == 2


def test_a_search_needs_one_fold(file: Path) -> None:
    search = "sweep={search: {optimizer.learning_rate: [0.1, 1]}, trials: 2, objective: min(val_loss)}"
    with pytest.raises(ExperimentError, match="A search trains each configuration once, and 3 folds are as many"):
        plan_sweep(request_sweep(file, (search,)))
    assert plan_sweep(request_sweep(file, (search, "data.fold=1"))).search


def test_a_fold_that_does_not_exist_is_refused_with_its_place(file: Path) -> None:
    with pytest.raises(ExperimentError) as error:
        plan_sweep(request_sweep(file, (), ("data.fold=[2, 4]",)))
    (problem,) = error.value.problems
    assert problem.message == '"fold" must be a whole number from 1 to 3. Received: 4'
    assert problem.place is not None
    assert problem.place.source == "--grid"
