"""Trials are divided by what their program depends on, whatever else they differ in."""

from pathlib import Path

import numpy as np
import pytest

from nnrun.network.initializer_argument import InitializerArgument
from nnrun.sweep.plan.divide import DividedTrials, divide
from nnrun.sweep.plan.plan import plan_sweep, request_sweep
from nnrun.sweep.plan.population_chunk import RATE
from nnrun.sweep.plan.program_key import program_key

KERNEL = InitializerArgument("dense", "kernel_initializer", "stddev")
STDDEV = "layers.0.Dense.kernel_initializer.RandomNormal.stddev"
BASE = """
data: {generator: {moons: {samples: 20}}}
layers:
  - Dense: {units: 4, activation: tanh, kernel_initializer: {RandomNormal: {stddev: 0.5}}}
  - Dense: {units: 1, activation: sigmoid}
optimizer: {SGD: {learning_rate: 0.1}}
loss: binary_crossentropy
epochs: 3
"""


def divided(folder: Path, *grids: str, overrides: tuple[str, ...] = ()) -> DividedTrials:
    file = folder / "base.yaml"
    file.write_text(BASE)
    return divide(plan_sweep(request_sweep(file, overrides, grids)).trials)


def test_numbers_that_reach_the_program_as_data_make_one_group_of_one_variant(tmp_path):
    (group,) = divided(tmp_path, "optimizer.learning_rate=[0.1, 0.2, 1]", f"{STDDEV}=[0.5, 1]", "seed=0..4").groups
    assert len(group) == 30
    assert len(group.variants) == 1
    assert group.paths == {RATE: "optimizer.learning_rate", KERNEL: STDDEV}
    chunk = group.whole().chunk()
    assert chunk.rates[[0, 10, 29]].tolist() == [0.1, 0.2, 1.0]
    assert chunk.numbers[[0, 5]].tolist() == [[0.5], [1.0]]
    assert chunk.seeds[4].tolist() == [4, 4, 4, 4]
    assert chunk.last.index == 29
    assert chunk.last.experiment.optimizer.arguments["learning_rate"] == 1


@pytest.mark.parametrize(
    ("grid", "groups", "variants"),
    [
        ("layers.0.Dense.units=[2, 4]", 2, 1),
        ("layers.0.Dense.kernel_initializer=[he_normal, zeros]", 1, 2),
        ("data.generator.moons.noise=[0.1, 0.2, 0.3]", 1, 3),
        ("epochs=[1, 2]", 1, 2),
        ("batch_size=[4, 8]", 2, 1),
        ("shuffle=[true, false]", 2, 1),
        ("seeds.order=0..3", 1, 1),
        ("optimizer=[sgd, adam]", 2, 1),
    ],
)
def test_other_settings_make_variants_or_groups(grid, groups, variants, tmp_path):
    found = divided(tmp_path, grid, "seed=0..1").groups
    assert len(found) == groups
    assert [len(group.variants) for group in found] == [variants] * groups
    indices = sorted(index for group in found for index in group.whole().indices)
    assert indices == list(range(sum(map(len, found))))


def test_two_settings_with_the_same_values_are_told_apart_by_their_trials(tmp_path):
    (group,) = divided(tmp_path, "optimizer.learning_rate=[0.5, 1]", f"{STDDEV}=[0.5, 1]").groups
    assert group.paths == {RATE: "optimizer.learning_rate", KERNEL: STDDEV}


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        (
            "callbacks=[{EarlyStopping: {patience: 1, monitor: loss}}]",
            "The callback EarlyStopping acts between the epochs",
        ),
        ("keep=best", "They keep the weights of the best epoch"),
        ("optimizer.use_ema=true", "The optimizer averages their weights"),
        ("optimizer=schedulefreeadamw", "Variables of the optimizer begin as their weights do"),
        ('expect=[\'weight("dense", "kernel")[0, 0] < 9\']', "Their expectations look up predictions or weights"),
    ],
)
def test_why_trials_are_trained_alone(setting, reason, tmp_path):
    found = divided(tmp_path, "seed=0..2", overrides=(setting,))
    assert found.groups == ()
    assert found.alone == {reason: [0, 1, 2]}


def test_a_part_of_a_piece_has_its_own_trials(tmp_path):
    (group,) = divided(tmp_path, "seed=5..9").groups
    piece = group.whole()[1:4]
    assert piece.indices == [1, 2, 3]
    part = piece.part([0, 2])
    assert part.indices == [1, 3]
    assert part.chunk().seeds[:, 0].tolist() == [6, 8]
    assert part[1].experiment.seed == 8
    np.testing.assert_array_equal(part.chunk().firsts, [0])


def test_programs_have_the_same_name_in_every_division(tmp_path):
    (one,), (two,) = (divided(tmp_path, grid).groups for grid in ("seed=0..1", "seed=7..8"))
    assert one.program == two.program == program_key(one.variants[0])
