"""Each source of randomness has a seed of its own where the experiment names it, and `seed` elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from experiments import EXPERIMENTS, data_of, written
from nnrun.data.generate import generate
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.seeds import SOURCES, Seeds, is_seed_path
from nnrun.load import load_experiment
from nnrun.sweep.plan.plan import plan_sweep, request_sweep

TEXT = """
seed: 7
data: {generator: {moons: {samples: 40}}, validation_split: 0.25}
layers: [Dense: {units: 1}]
optimizer: sgd
loss: mse
epochs: 1
"""


def named(**seeds: object) -> str:
    return TEXT.replace("data:", f"seeds: {{{', '.join(f'{key}: {value}' for key, value in seeds.items())}}}\ndata:")


def rows(experiment: Experiment) -> tuple[list[float], list[int]]:
    """What the data hold, whatever their order; and which of them are validation rows."""
    dataset = data_of(experiment, Path("none"))
    assert dataset.validation is not None
    assert dataset.validation.numbers is not None
    values = [v for part in (dataset.training, dataset.validation) for v in part.inputs["x1"][:, 0].tolist()]
    return sorted(values), dataset.validation.numbers.tolist()


def test_the_seed_stands_for_every_source_that_is_not_named() -> None:
    assert written(TEXT).seeds == Seeds(7, 7, 7, 7)
    assert written(named(weights=3)).seeds == Seeds(7, 7, 3, 7)
    assert written(named(order=4, data=1, split=2, weights=3)).seeds == Seeds(1, 2, 3, 4)


def test_a_seed_of_the_data_changes_the_rows_and_one_of_the_split_their_parts() -> None:
    plain, data, split = (rows(written(text)) for text in (TEXT, named(data=1), named(split=1)))
    assert data[0] != plain[0]
    assert data[1] == plain[1]
    assert split[0] == plain[0]
    assert split[1] != plain[1]
    assert rows(written(named(weights=1, order=1))) == plain


def test_an_experiment_without_named_seeds_is_resolved_as_before() -> None:
    assert "seeds" not in written(TEXT).resolved
    assert list(written(named(order=1, weights=2)).resolved["seeds"].items()) == [("weights", 2), ("order", 1)]


@pytest.mark.parametrize("path", [f"seeds.{source}" for source in SOURCES])
def test_trials_may_differ_in_one_seed_alone(path: str) -> None:
    plan = plan_sweep(request_sweep(EXPERIMENTS / "xor.yaml", grids=[f"{path}=0..2", "seed=[5, 6]"]))
    source = path.rpartition(".")[2]
    assert [getattr(trial.experiment.seeds, source) for trial in plan.trials] == [0, 0, 1, 1, 2, 2]
    assert [trial.experiment.seed for trial in plan.trials] == [5, 6, 5, 6, 5, 6]
    assert list(plan.trials[0].experiment.resolved)[:3] == ["name", "seed", "seeds"]
    assert is_seed_path(path)


def test_a_trial_is_the_experiment_with_its_seeds_written_down() -> None:
    overrides = ["seeds.order=1", "seeds.weights=2"]
    plan = plan_sweep(request_sweep(EXPERIMENTS / "xor.yaml", grids=["seeds.order=[0, 1]", "seeds.weights=[2]"]))
    assert plan.trials[1].experiment.resolved == load_experiment(EXPERIMENTS / "xor.yaml", overrides).resolved


def test_a_range_of_seeds_is_an_axis_of_a_sweep(experiment_file) -> None:
    file = experiment_file(named(weights="0..3", order="[4, 5]"))
    plan = plan_sweep(request_sweep(file))
    assert plan.columns == ("seeds.weights", "seeds.order")
    assert [(t.experiment.seeds.weights, t.experiment.seeds.order) for t in plan.trials][:3] == [(0, 4), (0, 5), (1, 4)]
    assert plan_sweep(request_sweep(file, ["seeds.order=1"])).columns == ("seeds.weights",)


def test_a_training_refuses_a_range_of_seeds_where_it_stands(experiment_file) -> None:
    file = experiment_file(named(weights="0..3"))
    with pytest.raises(ExperimentError) as caught:
        load_experiment(file)
    (problem,) = caught.value.problems
    assert problem.message == '"weights" is a range of seeds, and a training has one. Received: "0..3"'
    assert problem.hint == "Train with each of them: nnrun sweep FILE; or with one: --set seeds.weights=0"
    assert problem.place is not None
    assert (problem.place.line, problem.place.column) == (3, 18)
    assert load_experiment(file, swept=True).seeds.weights == 0


def test_a_range_that_is_none_is_refused_with_its_place(experiment_file) -> None:
    with pytest.raises(ExperimentError, match=r"A grid takes a list or a range\. Received: many"):
        plan_sweep(request_sweep(experiment_file(named(weights="many"))))


def test_a_search_has_no_range_of_seeds(experiment_file) -> None:
    search = "sweep: {search: {optimizer.learning_rate: 'uniform(0.1, 1)'}, trials: 3, objective: min(loss)}\n"
    text = named(weights="0..3").replace("sgd", "{SGD: {learning_rate: 0.1}}") + search
    with pytest.raises(ExperimentError, match="A search stands alone, without a range of seeds"):
        plan_sweep(request_sweep(experiment_file(text)))


@pytest.mark.keras
def test_the_seed_of_the_weights_gives_the_same_weights_whatever_the_others_are(tmp_path: Path) -> None:
    from nnrun.model.build import build_model
    from nnrun.model.reinitialize import reinitialize
    from nnrun.training.setup import split_rows

    one, other = written(named(weights=3)), written(named(weights=4, order=5))
    training = split_rows(one, generate(one, tmp_path))[0]
    model = build_model(one, training)
    first = model.get_weights()[0].tolist()
    again = build_model(written(named(weights=3, order=1, split=1, data=1)), training)
    assert again.get_weights()[0].tolist() == first
    reinitialize(model, other)
    assert model.get_weights()[0].tolist() == build_model(other, training).get_weights()[0].tolist() != first
