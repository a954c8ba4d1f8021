"""From a file and options to trials: which there are, what each is, and where every error stands."""

import pickle
from hashlib import sha256
from unittest.mock import patch

import pytest

from experiments import EXPERIMENTS
from nnrun.data.files import csv_file
from nnrun.data.files.byte_source import open_source
from nnrun.data.files.data_files import cell_room
from nnrun.data.files.stored_cells import CellFile
from nnrun.data.generate import generate
from nnrun.errors import ExperimentError
from nnrun.load import load_experiment
from nnrun.sweep.plan.group import chunks_for_processes, group_trials
from nnrun.sweep.plan.plan import plan_sweep, request_sweep

XOR = EXPERIMENTS / "xor.yaml"

SWEPT = """
data: {generator: {table: {columns: [a, b, y], rows: [[0, 0, 0], [0, 1, 1]], target: y}}}
layers: [Dense: {units: 1}]
optimizer: adam
loss: mse
epochs: 5
sweep:
  variants:
    small: {layers.0.units: 1}
    deep:
      layers:
        - Dense: {units: 8}
        - Dense: {units: 1}
  random: {trials: 3, optimizer.learning_rate: "log_uniform(1e-4, 1e-1)"}
  grid: {seed: 0..4, batch_size: [1, 2]}
  reach: loss <= 0.1
"""


def plan_of(file, *grids, overrides=()):
    return plan_sweep(request_sweep(file, overrides, grids))


@pytest.fixture
def swept(experiment_file):
    return plan_of(experiment_file(SWEPT))


def test_a_grid_has_every_combination_the_last_axis_fastest():
    plan = plan_of(XOR, "layers.0.units=[16, 32]", "seed=0..2")
    assert [tuple(trial.settings.values()) for trial in plan.trials] == [(u, s) for u in (16, 32) for s in range(3)]
    assert plan.columns == ("layers.0.units", "seed")
    assert [trial.index for trial in plan.trials] == list(range(6))


def test_variants_random_trials_and_the_grid_multiply(swept):
    assert len(swept.trials) == 2 * 3 * 5 * 2
    assert swept.columns == ("variant", "optimizer.learning_rate", "seed", "batch_size")
    assert [len(trial.experiment.layers) for trial in swept.trials] == [1] * 30 + [2] * 30
    assert str(swept.reach) == "loss <= 0.1"


def test_random_trials_draw_the_same_again_whatever_else_there_is(experiment_file, swept):
    more = SWEPT.replace("trials: 3", "trials: 5").replace("0..4", "0..1")
    rates = {trial.settings["optimizer.learning_rate"] for trial in swept.trials}
    others = {trial.settings["optimizer.learning_rate"] for trial in plan_of(experiment_file(more)).trials}
    assert len(rates) == 3
    assert rates < others


def test_a_data_file_is_read_once_for_all_trials_and_is_in_none_of_them(experiment_file, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("a,b,y\n" + "0,0,0\n0,1,1\n" * 2000)
    file = experiment_file(
        SWEPT.replace("table: {columns: [a, b, y], rows: [[0, 0, 0], [0, 1, 1]],", "csv: {path: rows.csv,")
    )
    with patch.object(csv_file, "open_source", wraps=open_source) as reads:
        plan = plan_of(file)
        for trial in plan.trials[:50]:
            assert generate(trial.experiment, tmp_path, plan.files).training.rows == 4000
    assert reads.call_count == 1
    assert plan.file_digests == {"rows.csv": sha256(rows.read_bytes()).hexdigest()}
    assert len(pickle.dumps(plan.files)) < 1000
    assert max(len(pickle.dumps(trial)) for trial in plan.trials) < 10_000


def test_the_cells_of_a_streamed_file_stay_on_disk_while_trials_are_planned(experiment_file, tmp_path):
    (tmp_path / "rows.csv").write_text("a,b,y\n" + "0,0,0\n0,1,1\n" * 20)
    data = "csv: {path: rows.csv,"
    file = experiment_file(SWEPT.replace("table: {columns: [a, b, y], rows: [[0, 0, 0], [0, 1, 1]],", data))
    with patch.object(CellFile, "append", autospec=True, side_effect=CellFile.append) as kept:
        plan_sweep(request_sweep(file, ["data.stream=true"], room=cell_room(tmp_path / "keras")))
    assert kept.called


def test_another_process_reads_a_data_file_once_for_all_its_trials(experiment_file, tmp_path):
    (tmp_path / "rows.csv").write_text("a,b,y\n" + "0,0,0\n0,1,1\n" * 2000)
    file = experiment_file(
        SWEPT.replace("table: {columns: [a, b, y], rows: [[0, 0, 0], [0, 1, 1]],", "csv: {path: rows.csv,")
    )
    plan = plan_of(file)
    trials, files = pickle.loads(pickle.dumps((plan.trials[:50], plan.files)))
    with patch.object(csv_file, "open_source", wraps=open_source) as reads:
        assert {generate(trial.experiment, tmp_path, files).training.rows for trial in trials} == {4000}
    assert reads.call_count == 1


def test_a_trial_is_the_experiment_that_set_would_give():
    trial = plan_of(XOR, "optimizer.learning_rate=log(1e-3, 1e-1, 3)", "seed=[4]", overrides=["epochs=7"]).trials[1]
    overrides = ["epochs=7", "optimizer.learning_rate=0.01", "seed=4"]
    assert trial.experiment.resolved == load_experiment(XOR, overrides).resolved


def test_training_leaves_the_section_out(experiment_file):
    experiment = load_experiment(experiment_file(SWEPT))
    assert "sweep" not in experiment.resolved
    assert len(experiment.layers) == 1


def test_an_option_takes_the_place_of_an_axis_of_the_file(experiment_file):
    assert len(plan_of(experiment_file(SWEPT), "seed=[1]").trials) == 12


def test_trials_can_be_sent_to_other_processes(swept):
    sent = pickle.loads(pickle.dumps(swept.trials))
    assert [trial.experiment for trial in sent] == [trial.experiment for trial in swept.trials]


def test_folders_are_named_by_index_and_settings(swept):
    assert swept.trials[0].name.startswith("0000-small-learning_rate-0.")
    names = {trial.name for trial in swept.trials}
    assert len(names) == len(swept.trials)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") for name in names)


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ("seed", "A grid is PATH=VALUES"),
        ("=0..9", "A grid is PATH=VALUES"),
        ("seed=0..x", r"--grid seed=0\.\.x: A grid takes a list or a range"),
        ("seed=[0, -1]", r"--grid seed=\[0, -1\]: \"seed\" must be at least 0. Received: -1"),
        ("layers.7.units=[1]", r'"layers" has no entry 7'),
        ("layers.0.unit=[1]", r'no argument "unit"'),
        ("optimizer.learning_rate=[fast]", 'Unknown learning-rate schedule "fast"'),
    ],
)
def test_a_wrong_option_is_shown_as_typed(grid, message):
    with pytest.raises(ExperimentError, match=message) as caught:
        plan_of(XOR, grid)
    assert caught.value.problems[0].place.source == "--grid"


def test_two_options_of_one_path_are_refused_and_one_takes_the_place_of_the_files(experiment_file):
    with pytest.raises(ExperimentError, match='The grid has "seed" twice') as caught:
        plan_of(XOR, "seed=0..1", "epochs=[1]", "seed=[5, 6]")
    assert caught.value.problems[0].place.text == "seed=[5, 6]"
    settings = [trial.settings["batch_size"] for trial in plan_of(experiment_file(SWEPT), "batch_size=[7]").trials]
    assert set(settings) == {7}


def test_trials_are_not_compared_with_another_run():
    expecting = 'expect=["binary_accuracy >= baseline(binary_accuracy)"]'
    with pytest.raises(ExperimentError, match="The trials of a sweep are not compared with another run"):
        plan_of(XOR, "seed=0..1", overrides=(expecting,))


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "message"),
    [
        ("- Dense: {units: 8}", "- Dense: {unitz: 8}", 12, 19, 'no argument "unitz"'),
        ("0..4", "0...4", 15, 16, "takes a list or a range"),
        ('"log_uniform(1e-4, 1e-1)"', '"log_uniform(1e-4, x)"', 14, 67, "takes numbers"),
        ("batch_size: [1, 2]", "batch_size: [1, 0]", 15, 38, '"batch_size" must be at least 1'),
        ("loss <= 0.1", "loss small", 16, 10, "What to reach is METRIC OP NUMBER"),
        ("trials: 3", "trials: 0", 14, 20, '"trials" must be at least 1'),
        ("reach:", "raech:", 16, 3, '"sweep" has no setting "raech"'),
    ],
)
def test_a_wrong_setting_is_shown_in_its_place(experiment_file, old, new, line, column, message):
    with pytest.raises(ExperimentError, match=message) as caught:
        plan_of(experiment_file(SWEPT.replace(old, new)))
    place = caught.value.problems[0].place
    assert (place.line, place.column) == (line, column)


def test_nothing_to_sweep_over_is_an_error():
    with pytest.raises(ExperimentError, match="nothing to sweep over"):
        plan_of(XOR)


def test_too_many_trials_are_refused_before_they_are_made():
    with pytest.raises(ExperimentError, match=r"at most 10,000,000 trials\. Received: 100,000,000"):
        plan_of(XOR, "seed=0..9999", "epochs=1..10000")


def test_trials_that_differ_in_what_a_program_takes_as_data_are_one_group():
    plan = plan_of(XOR, "seed=0..2", "optimizer.learning_rate=[0.1, 0.01]", "epochs=[5, 9]", "layers.0.units=[4, 8]")
    groups = group_trials(plan.trials)
    assert [len(group) for group in groups] == [12, 12]
    assert [len(piece) for piece in chunks_for_processes(groups, 2)] == [6, 6, 6, 6]
    assert chunks_for_processes(groups, 1) == groups


def test_another_schedule_batch_size_or_optimizer_constant_is_another_group():
    plan = plan_of(XOR, "batch_size=[2, 4]", "optimizer=[adam, {adam: {beta_1: 0.8}}, sgd]")
    assert len(group_trials(plan.trials)) == 6


def test_what_a_trial_does_not_have_is_refused_for_the_trials_that_lack_it(experiment_file):
    text = SWEPT.replace("batch_size: [1, 2]", "epochs: [20, 30]")
    expecting = ("expect=['at(loss, 25) <= 0.1']",)
    with pytest.raises(ExperimentError, match="Epoch 25 is after the last one, 20"):
        plan_of(experiment_file(text), overrides=expecting)
    assert load_experiment(experiment_file(text), expecting).expect
