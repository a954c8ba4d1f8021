"""The `python` generator: what a function of the user's own may return, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnrun.data.dataset import Dataset
from nnrun.data.files.data_files import DataFiles
from nnrun.data.generate import generate
from nnrun.errors import ExperimentError
from nnrun.experiment.code.code_file import CodeAccess
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.text.yaml_text import parse_document
from nnrun.load import interpret

ALLOWED = CodeAccess(lambda: None)
CODE = """\
import numpy as np
import polars

runs = []


def pair(rng, samples=6, noise=0.0):
    runs.append(samples)
    x = rng.uniform(-1, 1, (samples, 2))
    return x, x.sum(axis=1) + noise


def columns(rng):
    return {"a": np.arange(6.0), "city": ["rome", "oslo", "rome"] * 2, "w": np.ones(6), "y": np.arange(6) % 3}


def objects(rng):
    return {"a": np.array([1, None, 3], dtype=object), "y": [1, 2, 3]}


def frames(rng):
    frame = polars.DataFrame(columns(rng))
    return frame, frame[:2]


def mixed(rng):
    return {"a": ["x", 1.5, {}], "y": [1, 2, 3]}


def uneven(rng):
    return np.zeros((3, 2)), np.zeros(4)


def nothing(rng):
    return None


def endless(rng):
    return {"a": [1.0, float("inf")], "y": [1, 2]}


def failing(rng):
    return 1 / 0


def silent():
    return 0


def masked(rng):
    return np.ma.masked_equal([[1], [2], [3]], 2), [1, 2, 3]
"""
TEXT = """\
data:
  generator:
    python: {%s}
layers:
  - Dense: {units: 1}
optimizer: SGD
loss: mse
epochs: 1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rows.py").write_text(CODE)
    return tmp_path


def read(folder: Path, arguments: str, files: DataFiles | None = None) -> Experiment:
    text = TEXT % arguments
    return interpret(parse_document(text, "test.yaml"), text.encode(), "test", folder, files or DataFiles(code=ALLOWED))


def rows(folder: Path, arguments: str) -> Dataset:
    files = DataFiles(code=ALLOWED)
    return generate(read(folder, arguments, files), Path("none"), files)


def problem(folder: Path, arguments: str) -> tuple[str, int]:
    with pytest.raises(ExperimentError) as caught:
        rows(folder, arguments)
    (first, *_) = caught.value.problems
    return first.message, first.place.line if first.place else 0


def test_arrays_are_the_columns_x_and_y_drawn_from_the_seed_of_the_data(folder: Path) -> None:
    part = rows(folder, 'callable: "rows:pair", samples: 4, noise: 0.5').training
    x = np.random.default_rng([0, 0]).uniform(-1, 1, (4, 2))
    assert np.array_equal(part.inputs["x"], x.astype(np.float32))
    assert np.array_equal(part.targets["y"], (x.sum(axis=1) + 0.5)[:, None].astype(np.float32))


def test_the_rows_that_were_checked_are_not_made_again(folder: Path) -> None:
    files = DataFiles(code=ALLOWED)
    experiment = read(folder, 'callable: "rows:pair", samples: 5', files)
    generate(experiment, Path("none"), files)
    from nnrun.experiment.code.code_module import load_module

    (code,) = experiment.code
    assert load_module(code).runs == [5]


def test_a_mapping_has_columns_of_numbers_and_words(folder: Path) -> None:
    experiment = read(folder, 'callable: "rows:columns", target: y, sample_weight: w')
    assert [(column.name, column.categories) for column in experiment.columns.inputs] == [
        ("a", ()),
        ("city", ("oslo", "rome")),
    ]
    assert (experiment.columns.samples, experiment.columns.classes) == (6, 3)
    part = rows(folder, 'callable: "rows:columns", target: y, sample_weight: w').training
    assert part.inputs["city"].tolist() == [[0, 1], [1, 0], [0, 1]] * 2
    assert part.weights is not None


def test_a_pair_of_data_frames_is_a_training_set_and_a_test_set(folder: Path) -> None:
    dataset = rows(folder, 'callable: "rows:frames", inputs: [a, city], target: y')
    assert dataset.training.rows == 6
    assert dataset.test is not None
    assert dataset.test.inputs["a"].tolist() == [[0], [1]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ('callable: "rows:masked"', 'Received: nan in row 2 of the column "x"'),
        ('callable: "rows:objects"', 'Received: nan in row 2 of the column "a"'),
        ('callable: "rows:mixed"', 'The column "a" must hold numbers alone, or texts alone. Received: str, x'),
        ('callable: "rows:uneven"', "The arrays must have equally many rows: x has 3, y has 4."),
        ('callable: "rows:nothing"', "The function returns rows in no known form. Received: NoneType"),
        ('callable: "rows:endless"', 'Received: inf in row 2 of the column "a"'),
        ('callable: "rows:failing"', "rows.py, line 43: ZeroDivisionError: division by zero"),
        ('callable: "rows:silent"', "The first argument of the function is rng"),
        ('callable: "rows:none"', 'rows.py has no function "none".'),
        ('callable: "rows.py"', "A function is written as module:function. Received: rows.py"),
        ('callable: "rows:pair", noize: 1', 'The function has no argument "noize".'),
        ('callable: "rows:columns", target: z', 'There is no column "z".'),
        ('callable: "other:make"', "There is no file"),
        ('callable: "rows:pair", sha256: abc', "is not the code that this experiment was trained with"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(arguments: str, message: str, folder: Path) -> None:
    told, line = problem(folder, arguments)
    assert message in told
    assert line == 3


def test_without_the_permission_nothing_is_imported(folder: Path) -> None:
    (folder / "rows.py").write_text(f"from pathlib import Path\nPath({str(folder / 'imported')!r}).touch()\n{CODE}")
    with pytest.raises(ExperimentError, match=r"test\.yaml:3:.*runs Python code of its own: rows\.py"):
        read(folder, 'callable: "rows:pair"', DataFiles())
    assert not (folder / "imported").exists()


def test_the_digest_of_the_file_is_among_the_settings(folder: Path) -> None:
    experiment = read(folder, 'callable: "rows:pair"')
    (code,) = experiment.code
    assert experiment.resolved["data"]["generator"] == {"python": {"callable": "rows:pair", "sha256": code.sha256}}
