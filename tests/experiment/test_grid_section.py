"""The grid in a file: settings that change together, repetitions, seeds of single sources, and what cannot be meant."""

import pytest

from nnrun.errors import ExperimentError
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep, request_sweep

TEXT = """
data: {generator: {moons: {samples: 16}}}
layers: [{Dense: {units: 8}}, {Dense: {units: 1}}]
optimizer: {SGD: {learning_rate: 0.01}}
loss: mse
epochs: 3
sweep:
"""


@pytest.fixture
def swept(experiment_file):
    def plan(*lines: str, grids: tuple[str, ...] = (), overrides: tuple[str, ...] = ()) -> SweepPlan:
        file = experiment_file(TEXT + "".join(f"  {line}\n" for line in lines))
        return plan_sweep(request_sweep(file, overrides, grids))

    return plan


def settings_of(plan: SweepPlan) -> list[tuple[object, ...]]:
    return [tuple(plan.trials.settings(position).values()) for position in range(len(plan.trials))]


ZIP = 'zip: {layers.0.Dense.units: [4, 8], optimizer.learning_rate: "linear(0.1, 0.2, 2)"}'


def test_settings_that_are_zipped_change_together_along_one_axis(swept):
    plan = swept(ZIP, "grid: {batch_size: [1, 2]}")
    assert plan.columns == ("batch_size", "layers.0.Dense.units", "optimizer.learning_rate")
    assert settings_of(plan) == [(1, 4, 0.1), (1, 8, 0.2), (2, 4, 0.1), (2, 8, 0.2)]
    trial = plan.trials[3].experiment.resolved
    assert trial["layers"][0]["Dense"]["units"] == 8
    assert trial["optimizer"]["SGD"]["learning_rate"] == 0.2


def test_several_groups_are_an_axis_each(swept):
    plan = swept("zip:", "  - {layers.0.units: [4, 8], epochs: 1..2}", "  - {batch_size: [3, 5], seed: 0..1}")
    assert plan.columns == ("layers.0.units", "epochs", "batch_size", "seed")
    assert settings_of(plan) == [(4, 1, 3, 0), (4, 1, 5, 1), (8, 2, 3, 0), (8, 2, 5, 1)]


def test_repeat_is_short_for_the_seeds_from_0_on_which_change_fastest(swept):
    assert settings_of(swept("grid: {batch_size: [1, 2]}", "repeat: 3")) == settings_of(
        swept("grid: {batch_size: [1, 2], seed: 0..2}")
    )
    assert swept("repeat: 2").columns == ("seed",)


def test_an_option_takes_the_place_of_repeat(swept):
    assert settings_of(swept("grid: {batch_size: [1, 2]}", "repeat: 3", grids=("seed=[7]",))) == [(1, 7), (2, 7)]


def test_the_seeds_of_one_source_are_an_axis(swept):
    plan = swept("seeds: {order: 5..6, weights: [1]}", "repeat: 2", grids=())
    assert plan.columns == ("seeds.order", "seeds.weights", "seed")
    assert settings_of(plan) == [(5, 1, 0), (5, 1, 1), (6, 1, 0), (6, 1, 1)]
    seeds = plan.trials[3].experiment.seeds
    assert (seeds.order, seeds.weights, seeds.data, seeds.split) == (6, 1, 1, 1)
    assert settings_of(swept("seeds: {order: 5..6}", grids=("seeds.order=0..2",))) == [(0,), (1,), (2,)]


@pytest.mark.parametrize(
    ("lines", "line", "column", "message"),
    [
        (("zip: {epochs: 1..2, batch_size: 1..3}",), 8, 23, "epochs has 2, batch_size has 3"),
        (("zip:", "  - {epochs: 1..2}", "  - {batch_size: 1..x}"), 10, 20, "A grid takes a list or a range"),
        (("zip: {epochs: 1..2, batch_size: [4, 0]}",), 8, 39, '"batch_size" must be at least 1'),
        (("zip: {epochs: 1..2, sweep.repeat: 1..2}",), 8, 23, "belongs to the sweep as a whole"),
        (("zip: 3",), 8, 8, '"zip" must be a mapping or a list'),
        (("zip: {epochs: 1..2}", "grid: {epochs: [7]}"), 8, 9, 'The grid has "epochs" twice'),
        (("repeat: 0",), 8, 11, '"repeat" must be at least 1'),
        (("repeat: 3", "grid: {seed: 0..4}"), 8, 3, "repeat varies the seed, which .*:9:16 varies too"),
        (("repeat: 3", "zip: {seed: 0..1, epochs: 1..2}"), 8, 3, "repeat varies the seed"),
        (("repeat: 3", "random: {trials: 2, seed: 'integers(0, 9)'}"), 8, 3, "repeat varies the seed"),
        (("repeat: 3", "variants: {a: {seed: 1}, b: {seed: 2}}"), 8, 3, "repeat varies the seed"),
        (("seeds: {order: 3}",), 8, 18, '"order" must be a list or a text'),
        (("seeds: {ordr: 0..3}",), 8, 11, '"seeds" has no setting "ordr"'),
        (("grid: {seeds.order: 0..1}", "seeds: {order: 0..3}"), 9, 11, 'The grid has "seeds.order" twice'),
    ],
)
def test_what_cannot_be_meant_is_refused_in_its_place(swept, lines, line, column, message):
    with pytest.raises(ExperimentError, match=message) as caught:
        swept(*lines)
    place = caught.value.problems[0].place
    assert (place.line, place.column) == (line, column)


def test_an_option_does_not_take_one_of_several_settings_that_change_together(swept):
    message = '"optimizer.learning_rate" changes together with layers.0.Dense.units'
    with pytest.raises(ExperimentError, match=message) as caught:
        swept(ZIP, grids=("optimizer.learning_rate=[1]",))
    assert caught.value.problems[0].place.source == "--grid"


@pytest.mark.parametrize("line", [ZIP, "seeds: {order: 0..1}"])
def test_a_search_stands_without_the_axes_of_a_grid(swept, line):
    search = "search: {epochs: 'integers(1, 3)'}", "trials: 3", "objective: min(loss)"
    with pytest.raises(ExperimentError, match=f"A search stands alone, without {line.split(':')[0]}"):
        swept(*search, line)
