"""Shards of a sweep: even, disjoint, the same everywhere, whatever the axes of the grid."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments import EXPERIMENTS
from nnrun.errors import ExperimentError
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep, request_sweep
from nnrun.sweep.plan.shard import Shard, parse_shard

GRIDS = {
    "seed": "seed=0..5",
    "units": "layers.0.units=[2, 3, 4]",
    "epochs": "epochs=[1, 100]",
}


def planned(*axes: str) -> SweepPlan:
    return plan_sweep(request_sweep(EXPERIMENTS / "xor.yaml", ("expect=[]",), [GRIDS[axis] for axis in axes]))


@settings(max_examples=25)
@given(st.permutations(["seed", "units", "epochs"]), st.integers(1, 9))
def test_the_shards_have_every_trial_once_and_every_kind_of_trial_evenly(axes, count):
    plan = planned(*axes)
    parts = [plan.part(Shard(number, count)).trials for number in range(1, count + 1)]
    assert sorted(trial.index for part in parts for trial in part) == list(range(36))
    for kinds in (
        [Counter(trial.settings["layers.0.units"] for trial in part) for part in parts],
        [Counter((t.settings["layers.0.units"], t.settings["epochs"]) for t in part) for part in parts],
    ):
        for kind in set().union(*kinds):
            assert max(share[kind] for share in kinds) - min(share[kind] for share in kinds) <= 1


def test_an_expensive_value_on_the_last_axis_does_not_fall_to_one_shard():
    plan = planned("seed", "epochs")
    assert Counter(trial.settings["epochs"] for trial in plan.part(Shard(1, 2)).trials) == {1: 3, 100: 3}


def test_a_trial_keeps_its_number_and_its_folder_in_a_shard():
    plan = planned("seed")
    part = plan.part(Shard(2, 4))
    assert [trial.index for trial in part.trials] == [1, 5]
    assert [trial.name for trial in part.trials] == [plan.trials[1].name, plan.trials[5].name]
    assert part.trial(5).experiment == part.trials[1].experiment == plan.trials[5].experiment


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "1/0", "a/b", "-1/2", "1/2/3", ""])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(ExperimentError, match="I from 1 to N"):
        parse_shard(text)


def test_more_shards_than_trials_are_refused():
    with pytest.raises(ExperimentError, match="6 trials, too few for 7 shards"):
        planned("seed").part(Shard(1, 7))
