"""For files whose cells have types, Parquet, JSON lines and npz, the same is proposed as for a CSV file, and images."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from nnrun.cli.main import run
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Experiment
from nnrun.load import load_experiment
from nnrun.templates.from_data_file import propose

RNG = np.random.default_rng(0)
ROWS = 60
TABLE: dict[str, Any] = {
    "number": list(range(ROWS)),
    "size": RNG.uniform(0, 100, ROWS).tolist(),
    "place": [["woods", "garden", ""][i % 3] for i in range(ROWS)],
    "kind": [["yes", "no"][i % 2] for i in range(ROWS)],
}
IMAGES = RNG.integers(0, 256, (ROWS, 9, 12), dtype=np.uint8)


def proposed(file: Path) -> tuple[str, Experiment]:
    text = propose(file, file.parent, "#   nnrun train it.yaml")
    (file.parent / "it.yaml").write_text(text, encoding="utf-8")
    return text, load_experiment(file.parent / "it.yaml")


def npz(folder: Path, **arrays: Any) -> Path:
    np.savez(folder / "rows.npz", **arrays)
    return folder / "rows.npz"


def layers_of(experiment: Experiment) -> list[str]:
    return [layer.component.name for layer in experiment.layers]


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl", "npz"])
def test_the_proposal_is_that_for_a_csv_file(suffix: str, tmp_path: Path) -> None:
    file, frame = tmp_path / f"rows.{suffix}", pl.DataFrame(TABLE).with_columns(pl.col("place").replace("", None))
    if suffix == "npz":
        npz(tmp_path, **{name: np.array(values) for name, values in TABLE.items()})
    else:
        {"csv": frame.write_csv, "parquet": frame.write_parquet, "jsonl": frame.write_ndjson}[suffix](file)
    text, experiment = proposed(file)
    usual = GOLDEN.replace("csv", suffix)
    assert text.split("\n\n")[1] == usual
    assert (experiment.columns.inputs[1].width, layers_of(experiment)) == (3, ["Dense", "Dense"])


GOLDEN = """\
# The target is "kind", the last column. Its texts are 2 classes.
# Left out of the inputs: "number" (different in every row).
# Text columns are one-hot encoded: "place" (3).
# Missing cells: "place" (20). The median of the training rows stands for a missing number, a number of its own
# for a missing text; rows without a target are left out.
data:
  generator:
    csv:
      path: rows.csv
      target: kind
      inputs: [size, place]
  prepare:
    columns:
      place: {missing: indicator}
  validation_split: 0.2
  scale: standard"""


@pytest.mark.parametrize("suffix", ["parquet", "jsonl"])
@pytest.mark.parametrize("as_text", [False, True])
def test_dates_split_the_rows(as_text: bool, suffix: str, tmp_path: Path) -> None:
    days = [date(2026, 1, 1) + timedelta(days=i // 2) for i in range(ROWS)]
    day = pl.Series(days).cast(pl.String) if as_text else pl.Series(days)
    frame, file = pl.DataFrame({"day": day, "size": TABLE["size"], "y": TABLE["size"][::-1]}), tmp_path / f"it.{suffix}"
    (frame.write_parquet if suffix == "parquet" else frame.write_ndjson)(file)
    _, experiment = proposed(file)
    assert experiment.data.split.column == "day"
    assert experiment.data.generator.arguments["dates"] == {"day": "number"}


def test_a_column_of_lists_is_left_out(tmp_path: Path) -> None:
    pl.DataFrame({"list": [[1]] * ROWS, "size": TABLE["size"], "y": TABLE["size"][::-1]}).write_parquet(
        tmp_path / "it.parquet"
    )
    text, experiment = proposed(tmp_path / "it.parquet")
    assert 'Left out of the inputs: "list" (of the type List).' in text
    assert experiment.inputs[0].columns == ("size",)


@pytest.mark.parametrize(
    ("images", "first"),
    [
        (IMAGES, ["Rescaling", "Reshape"]),
        (IMAGES[..., np.newaxis], ["Rescaling"]),
        (RNG.random((ROWS, 8, 8, 3)), []),
    ],
)
def test_images_get_convolutions(images: Any, first: list[str], tmp_path: Path) -> None:
    _, experiment = proposed(npz(tmp_path, images=images, digit=np.arange(ROWS) % 5))
    assert layers_of(experiment) == [*first, *["Conv2D", "MaxPooling2D"] * 2, "Flatten", "Dense"]
    assert (experiment.data.scale, experiment.columns.classes) == ("none", 5)


def test_the_arrays_of_keras_datasets_need_no_names(tmp_path: Path) -> None:
    labels = np.arange(ROWS) % 5
    text, experiment = proposed(npz(tmp_path, x_train=IMAGES, y_train=labels, x_test=IMAGES[:9], y_test=labels[:9]))
    assert "npz: {path: rows.npz}\n" in text
    assert "# The file has a test set of 9 rows, which is measured at the end.\n" in text
    assert experiment.columns.own_test


def test_vectors_are_scaled_and_sequences_flattened(tmp_path: Path) -> None:
    target = RNG.random(ROWS)
    _, experiment = proposed(npz(tmp_path, signal=RNG.normal(0, 9, (ROWS, 5)), y=target))
    assert (layers_of(experiment), experiment.data.scale) == (["Dense", "Dense"], "standard")
    text, experiment = proposed(npz(tmp_path, signal=RNG.normal(0, 9, (ROWS, 5, 2)), size=target, y=target**2))
    assert layers_of(experiment) == ["Flatten", "Dense", "Dense"]
    assert 'Left out of the inputs: "size" (of another shape than "signal").' in text


def test_the_numbers_of_a_vector_that_are_missing_are_filled_in(tmp_path: Path) -> None:
    signal = RNG.normal(size=(ROWS, 5))
    signal[::7, 2] = np.nan
    text, experiment = proposed(npz(tmp_path, signal=signal, y=RNG.random(ROWS)))
    assert "signal: {missing: median}" in text
    assert experiment.columns.inputs[0].width == 5


def test_arrays_that_are_no_columns_are_left_out(tmp_path: Path) -> None:
    target = RNG.random(ROWS)
    text, experiment = proposed(npz(tmp_path, a=target, names=["p", "q"], more=target * 1j, b=target**2))
    assert 'Left out of the inputs: "more" (of another kind or shape), "names" (2 rows).' in text
    assert experiment.inputs[0].columns == ("a",)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": np.zeros((ROWS, 3))}, "A file of rows has two columns"),
        ({"x": np.zeros((ROWS, 3)), "z": np.ones((ROWS, 3))}, '"z" has several numbers in a row'),
        (
            {"y": np.eye(3)[np.arange(ROWS) % 3], "x": np.ones((ROWS, 3))},
            '"y" has several(.|\n)*categorical_crossentropy',
        ),
        ({"x": np.array([{}])}, "has no array of numbers or texts with a row for each sample"),
    ],
)
def test_a_file_without_a_target_is_refused(arrays: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match=message):
        propose(npz(tmp_path, **arrays), tmp_path, "")


def test_one_array_alone_has_no_target(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", TABLE["size"])
    assert run(["new", "x.npy"]) == 2
    assert "x.npy has one array, so it has no target beside the inputs." in capsys.readouterr().err


def test_the_command_names_a_file_of_another_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    pl.DataFrame(TABLE).write_parquet("rows.parquet")
    assert run(["new", "rows.parquet", "mine/it.yaml"]) == 0
    command = (tmp_path / "mine" / "it.yaml").read_text().splitlines()[1]
    assert command == "#   nnrun train mine/it.yaml --set data.generator.parquet.path=../rows.parquet"
    assert run(["check", "mine/it.yaml", "--set", "data.generator.parquet.path=../rows.parquet"]) == 0
    capsys.readouterr()
