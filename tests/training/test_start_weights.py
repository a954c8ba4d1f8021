"""A network that starts from the weights of another run: bit for bit those, in the layers that take them."""

import json
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import yaml
from training_runs import Notes

from nnrun.data.generate import generate
from nnrun.data.rows import training_rows
from nnrun.errors import ExperimentError, Paused, ResumeError
from nnrun.experiment.start_section import start_overrides
from nnrun.load import load_experiment
from nnrun.model.runtime import start_tensorflow
from nnrun.model.weights import named_weights
from nnrun.run import resume_run, train_file
from nnrun.run_options import RunOptions
from nnrun.runs.arrays import read_arrays
from nnrun.runs.bitwise import different_arrays, training_result
from nnrun.runs.record import read_record
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.plan import plan_sweep, request_sweep
from nnrun.sweep.sweep import SweepOptions, resume_sweep, run_sweep
from nnrun.training.experiment_training import plan_training
from nnrun.training.model_cache import ModelCache
from nnrun.training.setup import TrainingSetup

pytestmark = pytest.mark.keras

DONOR = """
name: donor
data: {generator: {moons: {samples: 80, noise: 0.1}}, validation_split: 0.25}
layers:
  - Dense: {units: 6, activation: tanh, name: hidden}
  - BatchNormalization: {name: norm}
  - Dense: {units: 1, activation: sigmoid, name: head}
optimizer: {Adam: {learning_rate: 0.05}}
loss: binary_crossentropy
epochs: 12
"""
NEXT = DONOR.replace("donor", "next").replace("noise: 0.1", "noise: 0.3").replace("epochs: 12", "epochs: 5")


class Project:
    """A folder with two experiments, and a run of the first one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs = folder / "runs"
        self.options = RunOptions(folder / "keras", animated=False, plotted=False, reported=False)
        (folder / "donor.yaml").write_text(DONOR)
        (folder / "next.yaml").write_text(NEXT)
        self.donor = self.train("donor.yaml")

    def train(self, file, *overrides, start=None, **options):
        path, how = self.folder / file, replace(self.options, **options)
        changes = (*(start_overrides(start) if start else ()), *overrides)
        return train_file(path, how, Notes(), overrides=changes, runs_dir=self.runs).folder


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    return Project(tmp_path_factory.mktemp("project"))


@pytest.fixture
def cache() -> ModelCache:
    return ModelCache(start_tensorflow("cpu"))


@pytest.fixture(scope="module")
def started(project) -> Path:
    return project.train("next.yaml", start=project.donor)


def weights(folder: Path) -> dict:
    return {name: array for name, array in read_arrays(folder / "weights.npz").items() if not name.startswith("best/")}


def initial(folder: Path) -> dict:
    return {name: array[0] for name, array in read_arrays(folder / "trace.npz").items()}


def assert_equal(one: dict, other: dict, names=None) -> None:
    for name in names or one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)


def test_all_layers_start_with_the_weights_of_the_run(project, started):
    assert initial(started).keys() == weights(project.donor).keys()
    assert_equal(initial(started), weights(project.donor))


def built(project: Project, cache: ModelCache, *overrides: str) -> TrainingSetup:
    """The network of the second experiment before its training."""
    experiment = load_experiment(project.folder / "next.yaml", overrides)
    return cache.network(experiment, generate(experiment, project.folder))


@pytest.mark.parametrize("epoch", [7, "best"])
def test_they_start_with_those_of_an_epoch(project, cache, epoch):
    trace = read_arrays(project.donor / "trace.npz")
    record = read_record(project.donor)
    number = int(record.best_metrics["epoch"]) if epoch == "best" else epoch
    network = built(project, cache, *start_overrides(project.donor), f"start.epoch={epoch}")
    assert_equal(named_weights(network.model), {name: array[number] for name, array in trace.items()})


def test_only_the_named_layers_start_from_the_run_and_others_as_without_it(project, cache):
    overrides = (*start_overrides(project.donor), "start.layers=[hidden, norm]")
    found = {name: array.copy() for name, array in named_weights(built(project, cache, *overrides).model).items()}
    alone = named_weights(built(project, cache).model)
    assert_equal(found, weights(project.donor), ["hidden/kernel", "hidden/bias", "norm/gamma", "norm/moving_mean"])
    assert_equal(found, alone, ["head/kernel", "head/bias"])


def test_frozen_layers_keep_the_weights_and_others_are_trained(project):
    run = project.train("next.yaml", "layers.hidden.trainable=false", start=project.donor)
    before, after = weights(project.donor), weights(run)
    assert_equal(after, before, ["hidden/kernel", "hidden/bias"])
    assert (after["head/kernel"] != before["head/kernel"]).all()


@pytest.mark.parametrize(
    ("engine", "tolerance"), [("graph", 0), pytest.param("xla", 1e-4, marks=pytest.mark.slow)], ids=["graph", "xla"]
)
def test_it_is_what_plain_keras_gives_after_set_weights(project, engine, tolerance):
    in_order = ("shuffle=false", "data.validation_split=0")
    run = project.train("next.yaml", *in_order, f"engine={engine}", start=project.donor)
    experiment = load_experiment(run / "resolved.yaml")
    x, y = training_rows(experiment, generate(experiment, project.folder).training).batch()[:2]
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(6, activation="tanh"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
    model.set_weights([*weights(project.donor).values()])
    model.fit(x, y, batch_size=32, epochs=5, shuffle=False, verbose=0)
    for expected, found in zip(model.get_weights(), weights(run).values(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance / 10)


def test_the_same_run_can_be_trained_again_from_its_resolved_file(project, started):
    section = yaml.safe_load((started / "resolved.yaml").read_text())["start"]
    assert section["run"] == f"../{project.donor.name}"
    assert read_record(started).settings["start.sha256"] == section["sha256"]
    again = train_file(started / "resolved.yaml", project.options, Notes(), runs_dir=project.runs).folder
    assert different_arrays(training_result(started), training_result(again)) == []


@pytest.mark.parametrize(
    ("overrides", "messages", "hint"),
    [
        (
            ["layers.hidden.units=4"],
            ["hidden/kernel in the shape [2, 4], and", "hidden/bias in the shape [4]", "norm/gamma", "head/kernel"],
            None,
        ),
        (
            ["layers.head.name=top"],
            ['The layer "top" has the weights top/kernel, and the run', "top/bias"],
            "To start with the layers that fit: --set 'start.layers=[hidden, norm]'",
        ),
    ],
)
def test_weights_that_do_not_fit_are_named_with_layer_and_shapes(project, overrides, messages, hint):
    before = {*project.runs.iterdir()}
    with pytest.raises(ExperimentError) as caught:
        project.train("next.yaml", *overrides, start=project.donor)
    problems = caught.value.problems
    assert all(any(message in problem.message for problem in problems) for message in messages)
    assert problems[0].hint == hint
    assert {*project.runs.iterdir()} == before


def test_a_run_resumes_without_the_other_one(project, started, tmp_path):
    before = {*project.runs.iterdir()}
    with pytest.raises(Paused):
        project.train("next.yaml", start=project.donor, until=2)
    (cut,) = {*project.runs.iterdir()} - before
    hidden = project.donor.rename(tmp_path / "gone")
    try:
        resume_run(cut, project.options, Notes())
    finally:
        hidden.rename(project.donor)
    assert different_arrays(training_result(started), training_result(cut)) == []


def test_the_trials_of_a_sweep_start_from_the_run_as_a_run_alone_does(project):
    grids, overrides = ("seed=0..1", "optimizer.learning_rate=[0.05]"), ("start={run: 'latest:donor', epoch: best}",)
    request = request_sweep(project.folder / "next.yaml", overrides, grids, runs_dir=project.runs)
    plan = plan_sweep(request)
    done = run_sweep(plan, SweepOptions(project.folder / "keras"), SweepListener(), runs_dir=project.runs)
    assert done.exit_status == 0
    assert any(override.startswith("start.run=") for override in done.record.overrides)
    trial = done.folder / done.outcomes[1].folder
    options = RunOptions(project.folder, threads=1, plotted=False, reported=False)
    alone = train_file(trial / "resolved.yaml", options, Notes(), runs_dir=project.runs)
    assert_equal(weights(trial), weights(alone.folder))
    record = json.loads((done.folder / "sweep.json").read_text())
    (path,) = record["files"]
    record["files"][path] = "0" * 64
    (done.folder / "sweep.json").write_text(json.dumps(record))
    with pytest.raises(ResumeError, match=f"SHA-256 of {path}"):
        resume_sweep(done.folder, SweepOptions(project.folder / "keras"), SweepListener())


def test_trials_that_start_from_other_weights_share_one_program(project, cache):
    for epoch in (0, 7):
        network = built(project, cache, *start_overrides(project.donor), f"start.epoch={epoch}", "epochs=1")
        training = cache.training(network, plan_training(network.experiment, network.engine, project.folder))
        trace = read_arrays(project.donor / "trace.npz")
        assert_equal(named_weights(network.model), {name: array[epoch] for name, array in trace.items()})
        training.run()
    assert cache.programs == 1
