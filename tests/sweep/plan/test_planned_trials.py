"""Trials that are made as they are asked for: the same in the same order, and a million cost next to nothing."""

import itertools
import json
import pickle
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments import EXPERIMENTS
from nnrun.errors import ExperimentError
from nnrun.sweep.plan.group import chunks_for_processes, group_trials
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep, request_sweep
from nnrun.sweep.plan.planned_trials import PlannedTrials
from nnrun.sweep.plan.shard import Shard
from nnrun.sweep.results.tables import written

XOR = EXPERIMENTS / "xor.yaml"
VALUES = {
    "epochs": ["1..3", [5, 2], "8..2 step -3"],
    "seed": ["4..6", [9, 7]],
    "seeds.order": ["0..1"],
    "optimizer.learning_rate": ["log(1e-3, 1e-1, 3)", "linear(0.1, 0.2, 2)", "0.1..0.3 step 0.1", [0.5]],
}
READ = {
    "1..3": [1, 2, 3],
    "8..2 step -3": [8, 5, 2],
    "4..6": [4, 5, 6],
    "0..1": [0, 1],
    "log(1e-3, 1e-1, 3)": [0.001, 0.01, 0.1],
    "linear(0.1, 0.2, 2)": [0.1, 0.2],
    "0.1..0.3 step 0.1": [0.1, 0.2, 0.3],
}


def planned(*grids: str, overrides: tuple[str, ...] = (), file: Path = XOR) -> SweepPlan:
    return plan_sweep(request_sweep(file, overrides, grids))


def numbers_of(trials: PlannedTrials) -> list[int]:
    return [trials.index(position) for position in range(len(trials))]


@settings(max_examples=25)
@given(st.data())
def test_the_trials_are_the_product_of_all_values_and_each_has_the_experiment_of_its_settings(data):
    paths = data.draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3, unique=True))
    chosen = {path: data.draw(st.sampled_from(VALUES[path])) for path in paths}
    plan = planned(*(f"{path}={written(values)}" for path, values in chosen.items()))
    lists = [values if isinstance(values, list) else READ[values] for values in chosen.values()]
    expected = [dict(zip(paths, point, strict=True)) for point in itertools.product(*lists)]
    assert [plan.trials.settings(position) for position in range(len(plan.trials))] == expected
    assert [(trial.index, trial.settings) for trial in plan.trials] == list(enumerate(expected))
    for trial in plan.trials:
        alone = planned(*(f"{path}=[{json.dumps(value)}]" for path, value in trial.settings.items())).trials[0]
        assert trial.experiment.resolved == alone.experiment.resolved
        assert trial.name == plan.trials.name(trial.index)


def test_a_part_of_the_trials_keeps_their_numbers():
    trials = planned("layers.0.units=[2, 3]", "seed=0..4").trials
    part = trials.select([7, 2])
    assert numbers_of(part) == [7, 2]
    assert [trial.settings for trial in part] == [{"layers.0.units": 3, "seed": 2}, {"layers.0.units": 2, "seed": 2}]
    assert numbers_of(trials[3:9:2]) == [3, 5, 7]
    assert numbers_of(trials[3:9:2][1:]) == [5, 7]
    assert (trials[-1].index, trials.position(9), trials.position(10)) == (9, 9, None)
    with pytest.raises(IndexError):
        trials[10]


def test_other_processes_get_trials_without_the_plan():
    part = planned("seed=0..99999").trials[70_000:70_003]
    sent = pickle.dumps(part)
    assert len(sent) < 20_000
    assert [(trial.index, trial.experiment.seed) for trial in pickle.loads(sent)] == [
        (number, number) for number in (70_000, 70_001, 70_002)
    ]


def test_groups_of_many_trials_are_made_without_them_and_sent_in_chunks():
    (group,) = group_trials(planned("seed=0..49999").trials)
    assert numbers_of(group) == list(range(50_000))
    chunks = chunks_for_processes([group], 3)
    assert [number for chunk in chunks for number in numbers_of(chunk)] == list(range(50_000))
    assert max(map(len, chunks)) <= 1000


SPLIT = """
data: {generator: {moons: {samples: 40}}}
layers: [Dense: {units: 1}]
optimizer: adam
loss: mse
epochs: 5
"""
NO_ROW_LEFT = "The splits leave no row for training"


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ("batch_size=[4, 0, 2]", r'--grid batch_size=\[4, 0, 2\]: "batch_size" must be at least 1'),
        ("seed=[3, -1, 4]", r'--grid seed=\[3, -1, 4\]: "seed" must be at least 0'),
        ("seed=4294967290..4294967300", '"seed" must be at most 4294967295'),
        ("layers.0.units=2..-1", '"units" must be at least 1'),
    ],
)
def test_every_value_of_a_large_grid_is_checked(grid, message):
    with pytest.raises(ExperimentError, match=message):
        planned("optimizer.learning_rate=log(1e-3, 1e-1, 51)", grid, "epochs=1..50")


def test_the_corners_of_a_large_grid_are_checked(experiment_file):
    shares = "data.validation_split=linear(0.1, 0.6, 50)", "data.test_split=linear(0.1, 0.6, 50)"
    with pytest.raises(ExperimentError, match=NO_ROW_LEFT):
        planned(*shares, file=experiment_file(SPLIT))


def test_a_combination_in_the_middle_that_is_impossible_is_reported_by_its_trial(experiment_file):
    shares = "data.validation_split=[0.1, 0.6, 0.2]", "data.test_split=[0.1, 0.6, 0.2]"
    plan = planned(*shares, "epochs=1..300", file=experiment_file(SPLIT))
    assert len(plan.trials) == 2700
    assert plan.trials.settings(1250) == {"data.validation_split": 0.6, "data.test_split": 0.6, "epochs": 51}
    with pytest.raises(ExperimentError, match=NO_ROW_LEFT):
        plan.trials[1250]
    assert plan.trials[1550].experiment.epochs == 51


def test_of_many_random_trials_the_ends_are_checked_too(experiment_file):
    text = SPLIT + "sweep: {random: {trials: 10, data.validation_split: 'uniform(0.1, 0.999)'}}"
    assert len(planned(file=experiment_file(text)).trials) == 10
    with pytest.raises(ExperimentError, match=NO_ROW_LEFT):
        planned(file=experiment_file(text.replace("10,", "2001,")))


def test_shards_of_many_configurations_are_disjoint_and_about_even_in_each_value():
    plan = planned("optimizer.learning_rate=log(1e-3, 1e-1, 51)", "epochs=1..50", "seed=0..9")
    for count in (2, 3, 9):
        parts = [plan.part(Shard(number, count)).trials for number in range(1, count + 1)]
        assert sorted(number for part in parts for number in numbers_of(part)) == list(range(25_500))
        for part in parts:
            assert len(part) in (25_500 // count, 25_500 // count + 1)
            assert numbers_of(part) == sorted(numbers_of(part))
            halves = Counter(part.settings(position)["epochs"] > 25 for position in range(len(part)))
            assert halves[True] == pytest.approx(halves[False], rel=0.1)


@dataclass(frozen=True)
class Cost:
    seconds: float  # of the processor
    megabytes: float
    last: str


# Says what it took. Not ru_maxrss, which begins with that of the process that has started this one.
DRY_RUN = """
import sys, time
from nnrun.cli.main import run
assert run(["sweep", *sys.argv[1:], "--dry-run"]) == 0
peak = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(time.process_time(), *peak)
"""
MEASURES = pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of the memory in /proc")


def cost_of(*words: str) -> Cost:
    """What a dry run takes of the processor and of the memory, and its last line."""
    command = [sys.executable, "-c", DRY_RUN, *words]
    *_, last, used = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    seconds, kilobytes = map(float, used.split())
    return Cost(seconds, kilobytes / 1024, last)


@MEASURES
def test_200_000_trials_are_planned_as_cheaply_as_ten():
    def costs() -> tuple[Cost, Cost]:
        few, many = (cost_of(str(XOR), "--grid", f"seed=0..{last}") for last in (9, 199_999))
        assert many.last.split() == ["199999", "199999"]
        assert many.megabytes < few.megabytes + 50
        return few, many

    rounds = (costs() for _ in range(5))  # one will do: beside other programs the same takes now more, now less
    assert any(many.seconds < 2 * few.seconds for few, many in rounds)


@MEASURES
@pytest.mark.slow
def test_a_million_trials_and_a_map_of_512_by_512_are_planned_in_seconds(experiment_file):
    file = experiment_file(SPLIT.replace("units: 1", "units: 1, kernel_initializer: {RandomNormal: {stddev: 1}}"))
    axes = "optimizer.learning_rate=log(1e-3, 1e2, 512)", "layers.0.kernel_initializer.stddev=log(1e-2, 1e2, 512)"
    square = cost_of(str(file), *(word for axis in axes for word in ("--grid", axis)))
    assert square.last.split() == ["262143", "100.0", "100.0"]
    for cost in (cost_of(str(XOR), "--grid", "seed=0..999999"), square):
        assert cost.seconds < 10
        assert cost.megabytes < 200
