"""A trained run can be used again from its folder alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from used_runs import KINDS, predictions_of

from nnrun.data.files.data_files import DataFiles
from nnrun.data.generate import generate
from nnrun.errors import ExperimentError, NnrunError, StorageError
from nnrun.load import load_experiment
from nnrun.predict.trained_run import open_run
from nnrun.runs.arrays import read_arrays, write_arrays
from nnrun.runs.record import read_record

pytestmark = pytest.mark.keras

Runs = Callable[[str], Path]


@pytest.fixture
def copy_of(used_run: Runs, tmp_path: Path) -> Runs:
    """A function that copies a trained run to a folder without its data, to be changed."""

    def copied(kind: str) -> Path:
        return Path(shutil.copytree(used_run(kind), tmp_path / kind))

    return copied


@pytest.mark.parametrize("kind", KINDS)
def test_an_opened_run_predicts_its_own_predictions_bit_for_bit(kind: str, used_run: Runs, copy_of: Runs) -> None:
    folder = used_run(kind)
    experiment = load_experiment(folder / "resolved.yaml", files=DataFiles([folder.parent.parent]))
    dataset = generate(experiment, folder.parent.parent / "keras", DataFiles([folder.parent.parent]))
    run = open_run(copy_of(kind))  # whose data are out of reach
    table = run.predictor.tabulate(run.predictor.predict_held_out(dataset))
    header, rows = predictions_of(folder)
    assert list(table.header) == header
    assert [[str(value) for value in row] for row in table.rows] == rows


def test_its_model_is_that_of_model_keras(used_run: Runs) -> None:
    import keras

    run = open_run(used_run("regression"))
    saved = keras.models.load_model(used_run("regression") / "model.keras", compile=False)
    rows = np.linspace(0, 1, 5 * 11, dtype=np.float32).reshape(5, 11)
    np.testing.assert_array_equal(run.model(rows), saved(rows))
    assert run.network.count_params() == run.record.parameters


def test_a_run_keeps_the_weights_of_its_best_and_its_last_epoch(used_run: Runs) -> None:
    folder = used_run("best")
    trace, record = read_arrays(folder / "trace.npz"), read_record(folder)
    best = record.best_metrics["epoch"]
    assert best is not None
    assert record.kept_epoch == best < 4
    for which, epoch in (("kept", int(best)), ("best", int(best)), ("last", 4), (0, 0), (2, 2)):
        run = open_run(folder, which)
        assert run.files.weights.epoch == epoch
        for weight in run.network.weights:
            np.testing.assert_array_equal(weight.numpy(), trace[weight.path][epoch])


@pytest.mark.parametrize(
    ("which", "message"), [("last", "not those of its last epoch, 4"), (9, "has trained 4 epochs")]
)
def test_weights_that_a_run_has_not_stored_are_refused(which, message: str, copy_of: Runs) -> None:
    folder = copy_of("best")
    (folder / "trace.npz").unlink()
    with pytest.raises(ExperimentError, match=message):
        open_run(folder, which)


def without_weight(folder: Path) -> None:
    arrays = read_arrays(folder / "weights.npz")
    write_arrays(folder / "weights.npz", {name: a for name, a in arrays.items() if name != "dense/bias"})


def other_shape(folder: Path) -> None:
    arrays = read_arrays(folder / "weights.npz")
    write_arrays(folder / "weights.npz", arrays | {"dense/kernel": np.zeros((3, 1), np.float32)})


def other_type(folder: Path) -> None:
    arrays = read_arrays(folder / "weights.npz")
    write_arrays(folder / "weights.npz", arrays | {"dense/bias": np.zeros(1)})


def one_more(folder: Path) -> None:
    write_arrays(folder / "weights.npz", read_arrays(folder / "weights.npz") | {"other/bias": np.zeros(1, np.float32)})


def cut(folder: Path) -> None:
    (folder / "weights.npz").write_bytes((folder / "weights.npz").read_bytes()[:-40])


def removed(folder: Path) -> None:
    (folder / "weights.npz").unlink()


def edited(folder: Path) -> None:
    path = folder / "resolved.yaml"
    path.write_text(path.read_text().replace("units: 1", "units: 1\n    activation: relu"))


def enlarged(folder: Path) -> None:
    text = (folder / "resolved.yaml").read_text().replace("layers:\n", "layers:\n- Dense: {units: 1000000000}\n")
    (folder / "resolved.yaml").write_text(text)
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**record, "resolved_sha256": sha256(text.encode()).hexdigest()}))


def linked(folder: Path) -> None:
    (folder / "data.json").rename(folder.parent / "elsewhere.json")
    (folder / "data.json").symlink_to(folder.parent / "elsewhere.json")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (without_weight, "weights.npz does not contain the weights dense/bias"),
        (other_shape, r"dense/kernel of this experiment are float32 \[1, 1\].*float32 \[3, 1\]"),
        (other_type, "dense/bias of this experiment are float32"),
        (one_more, "has 3 weights, and this experiment has 2"),
        (cut, "weights.npz is not a file of arrays"),
        (removed, "has no weights.npz; they were removed"),
        (edited, "resolved.yaml was edited after the run began"),
        (enlarged, "weights.npz has 2 weights, and the network of this run has about 3,000,000,001"),
        (linked, "data.json: it is a link that leads out of"),
    ],
)
def test_a_damaged_folder_is_refused(damage: Callable[[Path], None], message: str, copy_of: Runs) -> None:
    folder = copy_of("best")
    damage(folder)
    with pytest.raises(NnrunError, match=message):
        open_run(folder)


def test_a_run_of_an_older_version_fits_its_scaling_again(used_run: Runs, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(used_run("graph"), tmp_path / "graph"))
    (folder / "data.json").unlink()
    with pytest.raises(StorageError, match="trained by an older version"):
        open_run(folder)
    run, now = open_run(folder, keras_home=tmp_path), open_run(used_run("graph"))
    assert run.files.data == now.files.data
    assert run.files.notes == (f"{folder} has no data.json: its data were generated again to fit their scaling.",)


def test_a_run_of_an_older_version_whose_data_have_changed_is_refused(used_run: Runs, tmp_path: Path) -> None:
    source = used_run("regression")
    shutil.copy(source.parent.parent / "table.csv", tmp_path)
    folder = Path(shutil.copytree(source, tmp_path / "runs" / source.name))
    (folder / "data.json").unlink()
    assert open_run(folder, keras_home=tmp_path).files.data.input_scaling
    table = tmp_path / "table.csv"
    table.write_text(table.read_text().replace("1000.5", "1000.25"))
    with pytest.raises(StorageError, match="is not the file that the run was trained with"):
        open_run(folder, keras_home=tmp_path, data_folders=[tmp_path])


def test_a_whole_trial_and_a_lean_one_can_be_opened(tmp_path: Path) -> None:
    from nnrun.cli.main import run

    file = tmp_path / "small.yaml"
    file.write_text(KINDS["best"])
    words = ["sweep", str(file), "--grid", "seed=0..1", "--set", "sweep.report=false"]
    assert run([*words, "--runs-dir", str(tmp_path / "runs"), "-q"]) == 0
    (sweep,) = (tmp_path / "runs").iterdir()
    for trial in (sweep / "trials").iterdir():
        assert json.loads((trial / "data.json").read_text())["inputs"] == [{"name": "x"}]
        assert open_run(trial).network.count_params() == 2
