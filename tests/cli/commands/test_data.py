"""`nnrun data`: what an experiment trains on, as text, JSON, picture and file.

Write the golden texts anew with `PYTHONPATH=.:tests python tests/cli/commands/test_data.py`, and read the diff.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from made_csv_files import MADE

from nnrun.cli.main import run
from nnrun.data.files.data_files import DataFiles
from nnrun.data.profile.tables import experiment_tables
from nnrun.load import load_experiment
from nnrun.report.data_picture import data_picture
from nnrun.runs.arrays import read_arrays

GOLDEN = Path(__file__).parent / "golden"
WIDTHS = {"80": "80", "40": "40", "plain": None}
CITIES = ("Rome", "Oslo", "Rome", "Bern")


def write_houses(folder: Path) -> Path:
    """An experiment on a CSV file with texts, an index, a repeated row and a rare class, and its file."""
    lines = ["nr,area,city,price,kind"]
    for i in range(1, 41):
        area = 30 + (i * 37) % 90
        lines.append(
            f"{i},{area},{CITIES[i % 4]},{2000 * area + 500 * (i % 3)},{'villa' if i in (5, 23, 31) else 'flat'}"
        )
    (folder / "houses.csv").write_text("\n".join([*lines, ""]))
    (folder / "houses.yaml").write_text(
        """\
data:
  generator: {csv: {path: houses.csv, target: kind}}
  validation_split: 0.2
  test_split: 0.1
  scale: standard
  one_hot: true
layers: [Dense: {units: 2, activation: softmax}]
optimizer: adam
loss: categorical_crossentropy
epochs: 1
"""
    )
    return folder / "houses.yaml"


@pytest.fixture
def houses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(write_houses(tmp_path).name)


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """A function that runs `nnrun data` and gives standard output."""

    def show(*arguments: str) -> str:
        assert run(["data", *arguments]) == 0
        return capsys.readouterr().out

    return show


@pytest.mark.parametrize("width", WIDTHS)
def test_the_whole_text(width: str, houses: Path, shown: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    columns = WIDTHS[width]
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    text = shown(str(houses), "--rows", "3")
    assert text == (GOLDEN / f"data-{width}.txt").read_text(encoding="utf-8")
    assert columns is None or max(map(len, text.splitlines())) <= int(columns)


def test_as_json_every_number_is_there(houses: Path, shown: Callable[..., str]) -> None:
    content = json.loads(shown(str(houses), "--rows", "2", "--format", "json"))
    assert json.loads((GOLDEN / "data.json").read_text(encoding="utf-8")) == content


def test_the_csv_file_has_every_row_in_its_own_units(houses: Path, shown: Callable[..., str]) -> None:
    assert shown(str(houses), "--out", "rows.csv").endswith("\nWritten: rows.csv\n")
    header, *rows = csv.reader(Path("rows.csv").read_text(encoding="utf-8").splitlines())
    assert header == ["row", "part", "nr", "area", "city", "price", "kind"]
    original = {line.split(",")[0]: line for line in Path("houses.csv").read_text().splitlines()[1:]}
    for row, _, *cells in rows:
        assert [float(c) if c[0].isdigit() else c for c in cells] == [
            float(c) if c[0].isdigit() else c for c in original[row].split(",")
        ]
    assert sorted(int(row[0]) for row in rows) == list(range(1, 41))
    assert [sum(row[1] == part for row in rows) for part in ("training", "validation", "test")] == [28, 8, 4]


def test_the_npz_file_has_what_the_network_receives(houses: Path, shown: Callable[..., str]) -> None:
    shown(str(houses), "--out", "rows.npz")
    arrays = read_arrays(Path("rows.npz"))
    area, kind = arrays["training/area"], arrays["training/kind"]
    assert (area.shape, area.dtype, kind.shape) == ((28, 1), np.float32, (28, 2))
    assert float(area.mean()) == pytest.approx(0, abs=1e-6)
    assert float(area.std()) == pytest.approx(1, abs=1e-6)


def test_a_column_that_splits_the_rows_is_shown_as_such(houses: Path, shown: Callable[..., str]) -> None:
    content = json.loads(shown(str(houses), "--set", "data.split={group: nr}", "--format", "json"))
    assert [column["role"] for column in content["columns"]] == ["input", "input", "input", "split", "target"]
    assert content["first_rows"]["test"]["raw"]["columns"] == ["row", "area", "city", "price", "nr", "kind"]


def test_rows_in_an_order_are_drawn_as_lines_over_it(tmp_path: Path) -> None:
    write_houses(tmp_path)
    settings = ["data.split={order: nr}", "data.generator.csv.inputs=[area]", "data.generator.csv.target=price"]
    experiment = load_experiment(tmp_path / "houses.yaml", [*settings, "data.one_hot=false", *ONE_NUMBER])
    tables = experiment_tables(experiment, tmp_path, DataFiles())
    assert data_picture(tables.raw, "it", ordered=tables.ordered).kind == "series"


ONE_NUMBER = ("layers=[Dense: {units: 1}]", "loss=mse")


@pytest.mark.parametrize("form", ["table", "json"])
def test_the_picture_is_named(form: str, houses: Path, shown: Callable[..., str]) -> None:
    text = shown(str(houses), "--plot", "--format", form)
    named = json.loads(text)["plot"] if form == "json" else text.splitlines()[-1].removeprefix("Written: ")
    assert named == "houses-data.png"
    assert Path(named).read_bytes().startswith(b"\x89PNG")


def test_a_number_beside_a_huge_one_is_shown_as_it_is(tmp_path: Path, shown: Callable[..., str]) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n2e18,1\n1,2\n")
    text = shown(str(tmp_path / "rows.csv"))
    assert [line.split()[-2:] for line in text.splitlines() if line.split()[:1] == ["b"]] == [["1.5", "0.5"]]
    assert [line.split() for line in text.splitlines() if line.endswith("   2")] == [["2", "1", "2"]]


def test_without_rows_none_is_shown(houses: Path, shown: Callable[..., str]) -> None:
    assert "first" not in shown(str(houses), "--rows", "0")


def test_a_setting_can_be_changed(houses: Path, shown: Callable[..., str]) -> None:
    content = json.loads(shown(str(houses), "--set", "data.test_split=0.5", "--format", "json"))
    assert content["rows"] == {"training": 12, "validation": 8, "test": 20}


def test_no_text_of_a_file_steers_the_terminal(
    tmp_path: Path, odd_text: str, monkeypatch: pytest.MonkeyPatch, shown: Callable[..., str]
) -> None:
    monkeypatch.chdir(tmp_path)
    cell = odd_text.encode("utf-8", "replace").decode().replace("\x00", "").replace('"', "") or "a"
    with Path("odd.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([[f"c{cell[:9]}", "y"], *([[cell, i] for i in range(3)]), ["b", 7]])
    text = experiment_on("odd.csv", "y")
    assert shown(text, "--rows", "4").replace("\n", "").isprintable()


def experiment_on(path: str, target: str, **settings: Any) -> str:
    """The path of an experiment on a CSV file, whose network suits any data of one target number."""
    content = {"generator": {"csv": {"path": path, "target": target}}, **settings}
    lines = [f"data: {json.dumps(content)}", "layers: [Dense: {units: 1}]", "optimizer: adam", "loss: mse", "epochs: 1"]
    Path("odd.yaml").write_text("\n".join(lines), encoding="utf-8")
    return "odd.yaml"


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["missing.yaml"], 2, "Cannot read missing.yaml"),
        (["houses.yaml", "--out", "rows.txt"], 64, "the name ends with .csv or .npz"),
        (["houses.yaml", "--out", "no/such/rows.csv"], 4, "no/such"),
    ],
)
def test_what_cannot_be_shown_is_said(
    arguments: list[str], status: int, message: str, houses: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["data", *arguments]) == status
    assert message in capsys.readouterr().err


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """A function that writes one of the made CSV files, and gives its path."""
    monkeypatch.chdir(tmp_path)

    def write(name: str) -> str:
        Path(f"{name}.csv").write_bytes(MADE[name])
        return f"{name}.csv"

    return write


@pytest.mark.parametrize("name", MADE)
def test_a_csv_file_is_profiled_whole_without_an_experiment(
    name: str, made: Callable[[str], str], shown: Callable[..., str]
) -> None:
    content = json.loads(shown(made(name), "--format", "json", "--rows", "1"))
    assert content["rows"] == {"file": len(MADE[name].decode("cp1252").rstrip().splitlines()) - HEADERS.get(name, 1)}
    assert [column["role"] for column in content["columns"]][-1] == "target"
    assert {(one["kind"], one["column"]) for one in content["suspicions"]} == FOUND.get(name, set())


# The lines of a file that hold no row, and what looks wrong in it.
HEADERS = {"headerless": 0, "comments": 3}
FOUND = {
    "titanic": {("index", "PassengerId"), ("identifier", "Name"), ("missing cells", "Cabin")},
    "leak": {("copy of the target", "euros"), ("constant", "country")},
    "rare_class": {("imbalanced classes", "state")},
}


def test_missing_cells_are_counted_and_shown_as_dashes(made: Callable[[str], str], shown: Callable[..., str]) -> None:
    file = made("titanic")
    columns = {column["name"]: column for column in json.loads(shown(file, "--format", "json"))["columns"]}
    assert (columns["Age"]["missing"], columns["Embarked"]["missing"], columns["Cabin"]["missing"]) == (12, 3, 60)
    assert "–" in shown(file, "--rows", "1")


def test_how_a_file_was_read_is_said(made: Callable[[str], str], shown: Callable[..., str]) -> None:
    text = shown(made("decimal_comma"))
    assert 'Read with delimiter: ";", decimal: ",".' in text
    assert '"price" is taken for the target: it is the last column.' in text


def test_the_rows_of_a_file_are_no_arrays_for_a_network(made: Callable[[str], str], capsys: Any) -> None:
    assert run(["data", made("houses"), "--out", "rows.npz"]) == 64
    assert "can be written as .csv" in capsys.readouterr().err


def write_golden(folder: Path) -> None:
    """Writes the golden texts."""
    import contextlib
    import io

    os.chdir(folder)
    write_houses(folder)

    def text(*arguments: str) -> str:
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            assert run(["data", "houses.yaml", *arguments]) == 0
        return out.getvalue()

    for name, width in WIDTHS.items():
        os.environ.pop("COLUMNS", None)
        os.environ |= {"COLUMNS": width} if width else {}
        (GOLDEN / f"data-{name}.txt").write_text(text("--rows", "3"), encoding="utf-8")
    (GOLDEN / "data.json").write_text(text("--rows", "2", "--format", "json"), encoding="utf-8")


def test_the_first_of_several_folds_is_shown_and_said(houses: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folded = houses.read_text().replace("validation_split: 0.2", "folds: 4")
    houses.write_text(folded)
    assert run(["data", str(houses)]) == 0
    assert "The validation set is the first of 4 folds; --set data.fold=2 shows another." in capsys.readouterr().out
    assert run(["data", str(houses), "--set", "data.fold=2"]) == 0
    assert "folds" not in capsys.readouterr().out


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        write_golden(Path(temporary))


@pytest.mark.parametrize("suffix", ["parquet", "jsonl", "npz"])
def test_a_file_with_types_is_profiled_without_an_experiment(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: Callable[..., str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = {"area": [1.5, 2.0, 3.0], "kind": ["x", "y", "x"], "price": [1, 2, 4]}
    frame, file = pl.DataFrame(rows), f"rows.{suffix}"
    if suffix == "npz":
        np.savez(file, **{name: np.array(values) for name, values in rows.items()})
    else:
        (frame.write_parquet if suffix == "parquet" else frame.write_ndjson)(file)
    page = json.loads(shown(file, "--format", "json"))
    found = [(column["name"], column["role"], column["distinct"]) for column in page["columns"]]
    assert found == [("area", "input", 3), ("kind", "input", 2), ("price", "target", 3)]
    assert f"nnrun new {file} writes an experiment." in shown(file)


def test_an_npy_file_has_a_column_for_each_number_of_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shown: Callable[..., str]
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", np.array([[1, 2.5], [3, np.nan], [5, 0.5]]))
    np.save("images.npy", np.zeros((3, 9, 8), np.uint8))
    np.save("words.npy", np.array(["a", "b", "a"]))
    page = json.loads(shown("x.npy", "--format", "json"))
    found = [(column["name"], column["role"], column["missing"]) for column in page["columns"]]
    assert found == [("x[0]", "input", 0), ("x[1]", "input", 1)]
    assert "image 9×8" in shown("images.npy")
    assert json.loads(shown("words.npy", "--format", "json"))["columns"][0]["distinct"] == 2
