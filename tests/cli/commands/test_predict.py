"""`nnrun predict`: the predictions of a trained run for new rows."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from used_runs import KINDS, predictions_of

from experiments import FLOWERS
from nnrun.cli.main import run
from nnrun.data.files.data_files import DataFiles
from nnrun.data.generate import generate
from nnrun.load import load_experiment

pytestmark = pytest.mark.keras

Runs = Callable[[str], Path]


def predicted(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[list[str], list[list[str]], str]:
    """The header, the rows and standard error of `nnrun predict`."""
    assert run(["predict", *words]) == 0
    output = capsys.readouterr()
    header, *rows = csv.reader(io.StringIO(output.out))
    return header, rows, output.err


def held_out(folder: Path, target: Path) -> Path:
    """A file of the held-out rows of a run: its own `predictions.csv`, or an npz file where that has no inputs."""
    experiment = load_experiment(folder / "resolved.yaml", files=DataFiles([folder.parent.parent]))
    if sum(column.width for column in experiment.columns.inputs) <= 16:
        return folder / "predictions.csv"
    _, part = generate(experiment, target).evaluated
    np.savez_compressed(target / "rows.npz", **(part.original or part).inputs)
    return target / "rows.npz"


@pytest.mark.parametrize("kind", KINDS)
def test_the_predictions_of_held_out_rows_are_those_of_the_run_bit_for_bit(
    kind: str, used_run: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    header, rows, _ = predicted(capsys, str(used_run(kind)), str(held_out(used_run(kind), tmp_path)), "--proba")
    known, expected = predictions_of(used_run(kind))
    names = [name for name in known if name.startswith(("predicted_", "p("))]
    assert names
    for name in names:
        assert [row[header.index(name)] for row in rows] == [row[known.index(name)] for row in expected]


def test_texts_stand_in_one_column_and_unused_columns_are_named_once(
    used_run: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    header, rows, errors = predicted(capsys, str(used_run("one_hot")), str(FLOWERS))
    assert header == ["row", "petal", "sepal", "place", "predicted_species"]
    assert rows[2][:4] == ["3", "1.5", "3.2", "garden"]
    assert {row[4] for row in rows} <= {"setosa", "versicolor", "virginica"}
    assert errors.count("Columns that are not used: species (the target).") == 1


def test_the_probabilities_of_all_classes_add_up_to_one(used_run: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    for kind in ("one_hot", "binary"):
        header, rows, _ = predicted(capsys, str(used_run(kind)), str(used_run(kind) / "predictions.csv"), "--proba")
        places = [i for i, name in enumerate(header) if name.startswith("p(")]
        assert len(places) == (3 if kind == "one_hot" else 2)
        for row in rows:
            assert sum(float(row[i]) for i in places) == pytest.approx(1, abs=1e-6)
            best = max(places, key=lambda i: float(row[i]))
            assert header[best] == f"p({header[places[0]][2:].partition('=')[0]}={row[places[0] - 1]})"


def test_rows_of_the_command_line_a_file_and_standard_input_give_the_same(
    used_run: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, text = str(used_run("regression")), "size,color,kind,rank,weight\n3,red,a,1,1000.5\n4,blue,b,1.0,2000\n"
    (tmp_path / "rows.csv").write_text(text)
    from_file = predicted(capsys, folder, str(tmp_path / "rows.csv"))
    cells = "[[1, red, 1000.5, 3, a], ['1.0', blue, 2000, 4, b]]"
    assert predicted(capsys, folder, "--rows", cells)[:2] == from_file[:2]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert predicted(capsys, folder, "-")[:2] == from_file[:2]


def test_the_predictions_can_be_written_into_a_file(
    used_run: Runs, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = str(used_run("one_hot")), tmp_path / "out.csv"
    header, rows, _ = predicted(capsys, folder, str(FLOWERS), "--proba")
    assert run(["predict", folder, str(FLOWERS), "--proba", "--out", str(out)]) == 0
    assert [header, *rows] == list(csv.reader(io.StringIO(out.read_text())))
    assert run(["predict", folder, str(FLOWERS), "--proba", "--out", str(tmp_path / "out.npz")]) == 0
    with np.load(tmp_path / "out.npz") as arrays:
        assert arrays["predicted_species"].tolist() == [row[4] for row in rows]
        np.testing.assert_array_equal(arrays["p_species"], np.float32([row[5:] for row in rows]))
    assert capsys.readouterr().out == ""
    assert {path.name for path in tmp_path.iterdir()} == {"out.csv", "out.npz"}


def test_several_outputs_have_an_array_each(used_run: Runs, tmp_path: Path) -> None:
    words = ["predict", str(used_run("graph")), "--rows", "[[1, 2, 0.5], [3, 4, 0.1]]"]
    assert run([*words, "--out", str(tmp_path / "out.npz")]) == 0
    with np.load(tmp_path / "out.npz") as arrays:
        assert {name: array.shape for name, array in arrays.items()} == {"predicted_s": (2, 1), "predicted_p": (2,)}


def test_json_and_table(used_run: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["predict", str(used_run("best")), "--rows", "[0.5, 1]", "--format"]
    assert run([*words, "json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["x"] for row in rows] == [0.5, 1]
    assert run([*words, "table"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["row", "x", "predicted_y"]
    assert run([*words[:2], "--rows", str([i / 9 for i in range(30)]), "--format", "table"]) == 0
    assert "… and 10 rows more (--out FILE.csv or a pipe has all)" in capsys.readouterr().out


def test_the_weights_of_the_best_and_the_last_epoch(used_run: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    words = (str(used_run("best")), "--rows", "[0.5]", "--weights")
    kept, best, last = (predicted(capsys, *words, which)[1] for which in ("kept", "best", "last"))
    assert kept == best != last


@pytest.mark.parametrize(
    ("kind", "rows", "message"),
    [
        ("one_hot", "petal,sepal,place\n1,2,gardn\n", 'rows.csv:2:5: The column "place" has no text "gardn".'),
        ("sequence", "s2,s1,s0\n0,3,0\n", 'rows.csv:2:3: The layer "embedding" (Embedding) takes whole numbers'),
        ("best", "y\n1\n", 'rows.csv:1:1: There is no column "x".'),
    ],
)
def test_rows_are_checked_before_tensorflow_is_loaded(
    kind: str, rows: str, message: str, used_run: Runs, tmp_path: Path
) -> None:
    (tmp_path / "rows.csv").write_text(rows)
    program = "import sys; from nnrun.cli.main import run; status = run(sys.argv[1:]); print('keras' in sys.modules)"
    words = [sys.executable, "-c", f"{program}; sys.exit(status)", "predict", str(used_run(kind)), "rows.csv"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stdout) == (2, "False\n")
    assert message in done.stderr


def test_a_place_that_cannot_be_written_is_told_before_rows_are_read(
    used_run: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["predict", str(used_run("best")), "no-such.csv", "--out", "gone/rows.csv"]) == 4
    assert capsys.readouterr().err.startswith("Could not write gone/rows.csv: there is no such file or folder.")


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--rows", "[1]", "rows.csv"], 64, "Name a FILE, or write rows with --rows."),
        ([], 64, "Name a FILE, or write rows with --rows."),
        (["rows.csv", "--out", "rows.txt"], 64, "the name ends with .csv or .npz. Received: rows.txt"),
        (["no-such.csv"], 2, "There is no file no-such.csv."),
    ],
)
def test_a_wrong_use_is_refused(
    words: list[str], status: int, message: str, used_run: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["predict", str(used_run("best")), *words]) == status
    assert message in capsys.readouterr().err
