"""The run that an experiment starts from is found, and its weights have the digest that they must have."""

import numpy as np
import pytest
from stored_runs import add_run

from experiments import written
from nnrun.errors import ExperimentError
from nnrun.experiment.start_section import start_overrides
from nnrun.load import load_experiment
from nnrun.runs.arrays import write_arrays
from nnrun.runs.identity import differences, identity_of, settings_digest
from nnrun.runs.resolved_file import moved_text, resolved_text
from nnrun.store.start_run import pin_start

TEXT = """
data: {generator: {function: {samples: 20, x: "uniform(0, 1)", y: x}}}
START
layers: [Dense: {units: 1, name: neuron}, Activation: {activation: relu}]
optimizer: adam
loss: mse
epochs: 2
"""
WEIGHTS = {"neuron/kernel": np.array([[2.0]], np.float32), "neuron/bias": np.array([-2.0], np.float32)}
BEST = {f"best/{name}": array + 1 for name, array in WEIGHTS.items()}


@pytest.fixture
def runs_dir(tmp_path):
    folder = add_run(tmp_path / "runs", "20261123-142233-line")
    write_arrays(folder / "weights.npz", WEIGHTS | BEST)
    return folder.parent


def pinned(runs_dir, section):
    experiment = written(TEXT.replace("START", f"start: {section}"), runs_dir.parent)
    return pin_start(experiment, runs_dir.parent, runs_dir)


def test_the_run_becomes_its_folder_and_the_weights_their_digest(runs_dir):
    by_name, by_path = pinned(runs_dir, "{run: latest}"), pinned(runs_dir, "{run: runs/20261123-142233-line}")
    assert by_name.start.run == by_path.start.run == str(runs_dir / "20261123-142233-line")
    assert by_name.resolved["start"] == by_path.resolved["start"]
    assert len(by_name.start.sha256) == 64
    assert by_name.start.sha256 != pinned(runs_dir, "{run: latest, epoch: best}").start.sha256


def test_an_experiment_that_starts_from_nothing_stays_as_it_is(runs_dir):
    experiment = written(TEXT.replace("START", ""))
    assert pin_start(experiment, runs_dir, runs_dir) is experiment


def test_not_the_path_but_the_weights_decide_the_result(runs_dir, tmp_path):
    first = pinned(runs_dir, "{run: latest}")
    moved = (runs_dir / "20261123-142233-line").rename(runs_dir / "20261123-142233-other")
    second = pinned(runs_dir, "{run: latest}")
    assert first.resolved != second.resolved
    assert settings_digest(first.resolved, {}) == settings_digest(second.resolved, {})
    assert differences(identity_of(first.resolved, {}), identity_of(second.resolved, {})) == []
    write_arrays(moved / "weights.npz", {name: array + 1 for name, array in WEIGHTS.items()})
    third = pinned(runs_dir, "{run: latest}")
    (difference,) = differences(identity_of(first.resolved, {}), identity_of(third.resolved, {}))
    assert difference.what == "setting start.sha256"


def test_the_resolved_file_has_a_relative_path_and_is_held_against_the_digest(runs_dir):
    run = runs_dir / "20261124-000000-new"
    run.mkdir()
    text = resolved_text(pinned(runs_dir, "{run: latest}"), run)
    assert "run: ../20261123-142233-line" in text
    (run / "resolved.yaml").write_text(text)
    again = load_experiment(run / "resolved.yaml")
    assert pin_start(again, run, runs_dir.parent / "elsewhere").start.sha256 == again.start.sha256
    write_arrays(runs_dir / "20261123-142233-line" / "weights.npz", BEST)
    with pytest.raises(ExperimentError, match="they have changed") as caught:
        pin_start(again, run, runs_dir)
    assert "--start-from RUN" in caught.value.problems[0].hint


def test_another_run_than_that_of_the_resolved_file_needs_no_digest(runs_dir):
    run = runs_dir / "20261124-000000-new"
    run.mkdir()
    (run / "resolved.yaml").write_text(resolved_text(pinned(runs_dir, "{run: latest}"), run))
    other = add_run(runs_dir, "20261125-000000-other")
    write_arrays(other / "weights.npz", {name: array + 5 for name, array in WEIGHTS.items()})
    found = pin_start(load_experiment(run / "resolved.yaml", start_overrides(other)), run, runs_dir)
    assert found.start.run == str(other)


def test_a_moved_resolved_file_leads_to_the_same_run(runs_dir):
    first, second = runs_dir / "sweep" / "trials" / "0", runs_dir / "0"
    first.mkdir(parents=True)
    second.mkdir()
    text = resolved_text(pinned(runs_dir, "{run: latest}"), first)
    moved = moved_text(text, [], first, second)
    assert "run: ../../../20261123-142233-line" in text
    assert "run: ../20261123-142233-line" in moved


def test_a_run_elsewhere_is_read_only_for_an_option_or_with_its_digest(runs_dir, tmp_path):
    digest = pinned(runs_dir, "{run: latest}").start.sha256
    donor, own = runs_dir / "20261123-142233-line", tmp_path / "own"
    own.mkdir()
    file = own / "file.yaml"
    file.write_text(TEXT.replace("START", f"start: {{run: {donor}}}"))
    with pytest.raises(ExperimentError, match="lies outside the folder of the experiment file") as caught:
        pin_start(load_experiment(file), own, own / "runs")
    assert caught.value.problems[0].hint == f"To start from it, add to the command: --start-from {donor}"
    assert pin_start(load_experiment(file, start_overrides(donor)), own, own / "runs").start.sha256 == digest
    file.write_text(TEXT.replace("START", f"start: {{run: {donor}, sha256: {digest}}}"))
    assert pin_start(load_experiment(file), own, own / "runs").start.sha256 == digest


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("{run: latest:moons}", 'There is no run of an experiment "moons"'),
        ("{run: latest, epoch: 401}", "has trained 400 epochs. Received: epoch 401"),
        ("{run: runs}", "run.json"),
    ],
)
def test_what_cannot_be_started_from_is_named_at_its_place(runs_dir, section, message):
    with pytest.raises(ExperimentError) as caught:
        pinned(runs_dir, section)
    (problem,) = caught.value.problems
    assert message in problem.message
    assert problem.place.line == 3


def test_a_layer_without_weights_in_the_run_is_named(runs_dir):
    with pytest.raises(ExperimentError, match='has no weights of a layer "activation"') as caught:
        pinned(runs_dir, "{run: latest, layers: [neuron, activation]}")
    assert caught.value.problems[0].hint == "Its layers with weights are neuron."


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", None])
def test_damaged_or_missing_weights_are_refused(runs_dir, content):
    path = runs_dir / "20261123-142233-line" / "weights.npz"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ExperimentError, match=r"weights\.npz"):
        pinned(runs_dir, "{run: latest}")


def test_pickled_weights_run_nothing(runs_dir, tmp_path):
    class Hostile:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    np.savez(runs_dir / "20261123-142233-line" / "weights.npz", **{"neuron/kernel": np.array([Hostile()], object)})
    with pytest.raises(ExperimentError, match="not a file of arrays"):
        pinned(runs_dir, "{run: latest}")
    assert not (tmp_path / "ran").exists()


def test_a_link_that_leads_out_of_the_run_is_refused(runs_dir, tmp_path):
    path = runs_dir / "20261123-142233-line" / "weights.npz"
    path.rename(tmp_path / "secret.npz")
    path.symlink_to(tmp_path / "secret.npz")
    with pytest.raises(ExperimentError, match="leads out of"):
        pinned(runs_dir, "{run: latest}")
