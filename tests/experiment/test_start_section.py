"""The section `start:` of an experiment file, and what is refused in it before any run is opened."""

import pytest

from experiments import written
from nnrun.errors import ExperimentError
from nnrun.experiment.start_section import start_overrides
from nnrun.load import load_experiment

TEXT = """
data: {generator: {moons: {samples: 20}}}
START
layers:
  - Dense: {units: 4, name: hidden}
  - Dense: {units: 1, activation: sigmoid}
optimizer: adam
loss: binary_crossentropy
epochs: 2
"""


def started(section: str):
    return written(TEXT.replace("START", section)).start


def test_an_experiment_without_it_starts_from_random_weights():
    experiment = written(TEXT.replace("START", ""))
    assert experiment.start is None
    assert "start" not in experiment.resolved


def test_the_kept_weights_of_all_layers_are_taken_by_default():
    experiment = written(TEXT.replace("START", "start: {run: 'latest:moons'}"))
    assert (experiment.start.run, experiment.start.epoch, experiment.start.layers) == ("latest:moons", "kept", None)
    assert experiment.start.takes("hidden")
    assert experiment.resolved["start"] == {"run": "latest:moons", "epoch": "kept"}


def test_epoch_and_layers_are_taken_as_written():
    start = started("start: {run: a, epoch: 7, layers: [hidden]}")
    assert (start.epoch, start.layers) == (7, ("hidden",))
    assert start.takes("hidden")
    assert not start.takes("dense")


def test_a_folder_beside_the_file_is_meant_before_a_name(tmp_path):
    (tmp_path / "runs" / "a").mkdir(parents=True)
    file = tmp_path / "file.yaml"
    file.write_text(TEXT.replace("START", "start: {run: runs/a}"))
    assert load_experiment(file).start.run == str(tmp_path / "runs" / "a")
    assert load_experiment(file, start_overrides(tmp_path / "b")).start.run == str(tmp_path / "b")


@pytest.mark.parametrize(
    ("section", "message", "hint"),
    [
        ("start: {run: a, epoch: bst}", 'kept, best, last or a number from 0. Received: "bst"', 'Did you mean "best"?'),
        ("start: {run: a, epoch: -1}", '"epoch" must be at least 0. Received: -1', None),
        ("start: {run: a, layers: [hiden]}", 'There is no layer "hiden".', 'Did you mean "hidden"?'),
        ("start: {run: a, layers: [x]}", 'There is no layer "x".', "The layers are hidden, dense."),
        ("start: {rum: a}", 'has no setting "rum"', 'Did you mean "run"?'),
        ("start: {run: a, sha256: abc}", "sha256", None),
    ],
)
def test_what_it_cannot_be_is_refused_at_its_place(section, message, hint):
    with pytest.raises(ExperimentError) as caught:
        started(section)
    problem = next(problem for problem in caught.value.problems if message in problem.message)
    assert problem.place.line == 3
    assert hint is None or problem.hint == hint
