"""Arrays of an npz file as columns: which they are, of which shape, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import FILLED
from nnrun.data.dataset import Source
from nnrun.data.generators.generator import Resources
from nnrun.data.generators.registry import describe_columns, make_source
from nnrun.errors import ExperimentError
from nnrun.experiment.allowed_cells import AllowedCells
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.experiment import Component

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (6, 9, 8), dtype=np.uint8)
DIGITS = np.arange(6, dtype=np.uint8) % 3


class Saved:
    """Arrays in a file, and the generator that reads them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(self, arrays: dict[str, Any], **arguments: Any) -> Component:
        np.savez_compressed(self.path, **arrays)
        return Component("generators", "npz", {"path": str(self.path), **arguments})


@pytest.fixture
def saved(tmp_path: Path) -> Saved:
    return Saved(tmp_path / "rows.npz")


def made(generator: Component, allowed: AllowedCells | None = None) -> Source:
    return make_source(generator, Resources(np.random.default_rng(0), Path()), allowed=allowed)


def known(generator: Component) -> Columns:
    return describe_columns(generator)


def problems_of(generator: Component) -> list[str]:
    with pytest.raises(ExperimentError, match=r"\S") as caught:
        describe_columns(generator)
    return [f"{problem.message} {problem.hint or ''}".strip() for problem in caught.value.problems]


def test_arrays_are_columns_of_their_shape_the_last_one_the_target(saved: Saved) -> None:
    generator = saved({"a": np.ones((4, 3)), "b": np.ones((4, 2, 5, 3), np.float16), "c": [True] * 4, "y": np.ones(4)})
    assert known(generator).inputs == (Column("a", 3), Column("b", 30, (2, 5, 3)), Column("c"))
    assert known(generator).targets == (Column("y"),)
    rows = made(generator).rows
    assert {name: values.shape for name, values in rows.inputs.items()} == {
        "a": (4, 3),
        "b": (4, 2, 5, 3),
        "c": (4, 1),
    }
    assert {values.dtype for values in (rows.inputs | rows.targets).values()} == {np.dtype(np.float32)}


def test_the_arrays_of_keras_datasets_are_recognised_with_their_test_set(saved: Saved) -> None:
    arrays = {"x_train": IMAGES, "y_train": DIGITS, "x_test": IMAGES[:2], "y_test": DIGITS[:2]}
    generator = saved(arrays)
    columns = known(generator)
    assert columns.inputs == (Column("x", 72, (9, 8), image=(9, 8)),)
    assert (columns.targets, columns.samples, columns.classes, columns.own_test) == ((Column("y"),), 6, 3, True)
    source = made(generator)
    assert np.array_equal(source.rows.inputs["x"], IMAGES)
    assert source.test is not None
    assert np.array_equal(source.test.inputs["x"], IMAGES[:2])
    assert source.test.targets["y"].tolist() == [[0], [1]]


def test_what_is_written_is_used_in_place_of_what_is_recognised(saved: Saved) -> None:
    columns = known(saved({"x_train": IMAGES, "y_train": DIGITS}, target="x_train", inputs="y_train"))
    assert ([column.name for column in columns.inputs], columns.own_test) == (["y_train"], False)


def test_columns_have_names_of_their_own_and_a_test_set_of_other_arrays(saved: Saved) -> None:
    arrays = {"first": np.ones((3, 2)), "second": np.zeros((5, 2)), "one": np.arange(3), "two": np.arange(5)}
    for test in ({"inputs": {"x": "second"}, "target": {"y": "two"}}, {"inputs": "second", "target": ["two"]}):
        source = made(saved(arrays, inputs={"x": "first"}, target={"y": "one"}, test=test))
        assert source.rows.inputs["x"].shape == (3, 2)
        assert source.test is not None
        assert source.test.targets["y"].tolist() == [[0], [1], [2], [3], [4]]


def test_weights_are_an_array_of_their_own(saved: Saved) -> None:
    source = made(saved({"x": np.ones(3), "w": [1, 0, 2], "y": np.ones(3)}, sample_weight="w"))
    assert list(source.rows.inputs) == ["x"]
    assert source.rows.weights is not None
    assert source.rows.weights.tolist() == [1, 0, 2]


def test_texts_of_both_sets_are_the_categories(saved: Saved) -> None:
    arrays = {"x": np.array([b"b", b" a "]), "y": ["u", "v"], "x2": np.array(["Ü"]), "y2": ["u"]}
    generator = saved(arrays, inputs="x", target="y", test={"inputs": "x2", "target": "y2"})
    assert known(generator).inputs[0].categories == ("a", "b", "Ü")
    assert known(generator).targets == (Column("y", categories=("u", "v"), is_label=True),)
    source = made(generator)
    assert source.rows.inputs["x"].tolist() == [[1], [0]]
    assert source.test is not None
    assert (source.test.inputs["x"].tolist(), source.test.inputs["x"].dtype) == ([[2]], np.int32)


def test_an_empty_text_is_missing_and_refused_unless_the_preparation_handles_it(saved: Saved) -> None:
    generator = saved({"x": ["b", "", "a", ""], "y": np.ones(4)})
    assert problems_of(generator) == [
        'Row 2 has no text in the column "x", 2 such rows in all. Fill it, or remove the row.'
    ]
    assert made(generator, FILLED).rows.inputs["x"].tolist() == [[1], [-1], [0], [-1]]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array([{}, {}]), 'The array "x" holds Python objects, which are not read, as they could run code.'),
        (np.array([1j, 2]), 'The array "x" has the type complex, and a column has numbers or texts.'),
        (np.zeros(2, "M8[s]"), 'The array "x" has the type datetime64, and a column has numbers or texts.'),
        (np.zeros(2, [("a", "i4")]), 'The array "x" has the type void, and a column has numbers or texts.'),
        (np.float64(1), 'The array "x" has no rows. Received: the shape ()'),
        (np.zeros((2, 0)), 'The array "x" has no rows. Received: the shape (2, 0)'),
        (np.array([["a", "b"]] * 2), 'The array "x" of texts must have one text per row. Received: the shape (2, 2)'),
    ],
)
def test_an_array_that_is_no_column_is_refused_by_its_header(saved: Saved, array: Any, message: str) -> None:
    (problem,) = problems_of(saved({"x": array, "y": np.ones(2)}))
    assert problem.startswith(message)


def test_an_array_that_is_not_used_is_not_looked_at(saved: Saved) -> None:
    generator = saved({"x": np.ones(2), "y": np.ones(2), "notes": np.array([{}])}, inputs="x", target="y")
    assert made(generator).rows.rows == 2


def test_unequal_numbers_of_rows_are_refused_by_name(saved: Saved) -> None:
    assert problems_of(saved({"x": np.ones((3, 2)), "y": np.ones(4)})) == [
        "The arrays must have equally many rows: x has 3, y has 4. The first axis of an array is its rows."
    ]


def test_a_test_set_of_other_columns_or_shapes_is_refused(saved: Saved) -> None:
    arrays = {"x": np.ones((3, 2)), "y": np.ones(3), "u": np.ones((2, 3)), "v": np.ones(2)}
    chosen = {"inputs": "x", "target": "y"}
    (problem,) = problems_of(saved(arrays, **chosen, test={"inputs": "u", "target": "v"}))
    assert problem.endswith("must have rows of one shape and kind. Received: (3, 2) and (2, 3)")
    (problem,) = problems_of(saved(arrays, **chosen, test={"inputs": {"z": "u"}, "target": "v"}))
    assert problem.startswith("The test set must have the columns of the rows: x in inputs. Received: z")
    (problem,) = problems_of(saved(arrays, **chosen, test={"inputs": "u", "target": "vv"}))
    assert problem == 'There is no array "vv". Did you mean "v"?'


def test_names_that_are_not_there_get_the_nearest_ones(saved: Saved) -> None:
    assert problems_of(saved({"size": np.ones(2), "y": np.ones(2)}, inputs={"x": "sizes"}, target="yy")) == [
        'There is no array "sizes". Did you mean "size"?',
        'There is no array "yy". Did you mean "y"?',
    ]


def test_only_the_target_is_read_to_know_the_columns(saved: Saved, monkeypatch: pytest.MonkeyPatch) -> None:
    generator = saved({"x": np.ones((4, 2)), "y": np.arange(4)})
    read = []
    original = np.lib.format.read_array
    monkeypatch.setattr(
        np.lib.format, "read_array", lambda *a, **k: read.append(original(*a, **k).shape) or original(*a, **k)
    )
    with pytest.raises(ExperimentError, match="not a file of arrays"):
        describe_columns(generator)
    assert read == [(4,)]


@pytest.mark.parametrize("kind", ["int64", "float64", "uint64", "int32"])
def test_numbers_that_32_bits_do_not_tell_apart_are_known_by_their_ends(saved: Saved, kind: str) -> None:
    low = 2**30 if kind == "int32" else 2**40
    times, price = (low + np.arange(6)).astype(kind), np.arange(6, dtype="float32")
    columns = known(saved({"time": times, "more": np.stack([times, times], axis=1), "price": price}))
    assert dict(columns.extents) == dict.fromkeys(("time", "more"), (low, low + 5))
