"""`nnrun evaluate`: the loss and the metrics of a trained run."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from used_runs import KINDS, predictions_of

from experiments import FLOWERS
from nnrun.cli.main import run
from nnrun.runs.record import read_record

pytestmark = pytest.mark.keras

Runs = Callable[[str], Path]


def evaluated(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """What `nnrun evaluate --format json` prints."""
    assert run(["evaluate", *words, "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_on_its_own_held_out_rows_a_run_has_the_metrics_that_it_recorded_bit_for_bit(
    kind: str, used_run: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = used_run(kind)
    found, record = evaluated(capsys, str(folder)), read_record(folder)
    prefix = "test_" if any(name.startswith("test_") for name in record.final_metrics) else "val_"
    assert found["data"] == ("test set" if prefix == "test_" else "validation set")
    assert (found["epoch"], found["rows"]) == (record.kept_epoch, len(predictions_of(folder)[1]))
    expected = {n.removeprefix(prefix): value for n, value in record.final_metrics.items() if n.startswith(prefix)}
    assert record.engine == "graph"
    assert found["metrics"] == expected
    assert next(iter(found["metrics"])) == "loss"


def test_the_rows_of_a_file_are_scaled_and_encoded_as_in_training(
    used_run: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind, table in (("regression", "table.csv"), ("one_hot", "flowers.csv")):
        folder = used_run(kind)
        with (folder.parent.parent / table).open(newline="") as file:
            header, *rows = csv.reader(file)
        held_out = [int(row[0]) for row in predictions_of(folder)[1]]
        text = io.StringIO()
        csv.writer(text).writerows([row[::-1] for row in (header, *(rows[number - 1] for number in held_out))])
        (tmp_path / "held-out.csv").write_text(text.getvalue())
        found = evaluated(capsys, str(folder), str(tmp_path / "held-out.csv"))
        assert found["metrics"] == evaluated(capsys, str(folder))["metrics"]
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.getvalue().encode())))
        assert evaluated(capsys, str(folder), "-") == found | {"data": "standard input"}
        assert found["data"] == str(tmp_path / "held-out.csv")


def test_the_metrics_are_those_of_keras(used_run: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    import keras

    model = keras.models.load_model(used_run("best") / "model.keras", compile=False)
    model.compile(loss="mse")
    x = np.linspace(0, 2, 20, dtype=np.float32)[:, None]
    words = ("--set", "data.validation_split=0")
    found = evaluated(capsys, str(used_run("best")), *words)
    assert (found["data"], found["rows"]) == ("training set of the changed data", 20)
    assert found["metrics"]["loss"] == pytest.approx(model.evaluate(x, x * x, batch_size=32, verbose=0), rel=1e-6)


def test_changed_data_are_other_rows_in_the_same_columns(
    used_run: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = str(used_run("graph"))
    noisy = evaluated(capsys, graph, "--set", "data.generator.function.noise=5")
    assert noisy["data"] == "test set of the changed data"
    assert noisy["metrics"]["total_loss"] != evaluated(capsys, graph)["metrics"]["total_loss"]
    (tmp_path / "few.csv").write_text("\n".join(FLOWERS.read_text().splitlines()[:5]))
    few = evaluated(capsys, str(used_run("one_hot")), "--set", f"data.generator.csv.path={tmp_path / 'few.csv'}")
    assert few["rows"] == 1


def test_the_weights_can_be_chosen(used_run: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    folder = used_run("best")
    last = evaluated(capsys, str(folder), "--weights", "last")
    with (folder / "metrics.csv").open() as file:
        *_, row = csv.DictReader(file)
    assert (last["epoch"], last["metrics"]["loss"]) == (4, float(row["val_loss"]))


def test_as_a_text(used_run: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["evaluate", str(used_run("regression"))]) == 0
    first, loss, mae, units = capsys.readouterr().out.splitlines()
    assert first == "test set, 2 rows, weights of epoch 3"
    assert (loss.split()[0], mae.split()[0]) == ("loss", "mae")
    assert units.startswith("The loss and the metrics are computed on scaled targets: 1 is 4.5 of price")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("petal,sepal,place\n1,2,garden\n", 'rows.csv:1:1: There is no column "species".'),
        ("petal,sepal,place,species\n1,2,garden,rose\n", 'rows.csv:2:12: The column "species" has no text "rose".'),
        ("petal,sepal,place,species\n1,x,garden,setosa\n", 'rows.csv:2:3: The column "sepal" takes a finite number.'),
    ],
)
def test_rows_that_do_not_fit_are_named(
    text: str, message: str, used_run: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "rows.csv").write_text(text)
    assert run(["evaluate", str(used_run("one_hot")), str(tmp_path / "rows.csv")]) == 2
    assert message in capsys.readouterr().err


def test_targets_that_the_loss_cannot_take_are_those_of_the_file(
    used_run: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = tmp_path / "rows.npz"
    names = "abcsp"
    np.savez(rows, **{name: np.array([1.0, 2.0]) for name in names})
    assert run(["evaluate", str(used_run("graph")), str(rows)]) == 2
    message, hint = capsys.readouterr().err.splitlines()[-2:]
    assert message.startswith(f"{rows}: The target p goes from 1 to 2; binary_crossentropy takes")
    assert hint == "  The targets are those of the training: the same classes, or values of the same kind."


@pytest.mark.parametrize(
    ("kind", "words", "status", "message"),
    [
        ("best", ["--set", "epochs=3"], 2, "Only settings of data can be changed for an evaluation."),
        ("best", ["--set", "data.generator.function.samples=0"], 2, "data.generator.function.samples=0"),
        ("best", ["rows.csv", "--set", "data.validation_split=0"], 64, "Name a FILE or change the data with --set"),
        ("image", ["--set", "data.generator=moons"], 2, 'the changed data set has no array "pixels".'),
        ("best", ["--set", "data.test_split=-2"], 2, "--set data.test_split=-2"),
    ],
)
def test_a_wrong_use_is_refused(
    kind: str, words: list[str], status: int, message: str, used_run: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["evaluate", str(used_run(kind)), *words]) == status
    assert message in capsys.readouterr().err


def test_own_rows_that_have_changed_are_refused(
    used_run: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(shutil.copytree(used_run("best"), tmp_path / "run"))
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**record, "data_sha256": "0" * 64}))
    assert run(["evaluate", str(folder)]) == 4
    assert "The data that are generated now are not those that the run was trained with." in capsys.readouterr().err
