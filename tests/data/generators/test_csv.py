"""The `csv` generator gives the rows of a file, words as numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments import source_of
from nnrun.data.dataset import Part
from nnrun.experiment.experiment import Component

TEXT = "size,place,price\n1,woods,0.1\n2,garden,0.2\n3.5,woods,0.3\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(TEXT, encoding="utf-8")
    return path


def part_of(file: Path, **arguments: Any) -> Part:
    return source_of(Component("generators", "csv", {"path": str(file), **arguments})).rows


def test_numbers_become_float32_columns_in_the_order_of_the_rows(file: Path) -> None:
    part = part_of(file, inputs="size")
    assert part.inputs["size"].tolist() == [[1], [2], [3.5]]
    np.testing.assert_array_equal(part.targets["price"], np.float32([[0.1], [0.2], [0.3]]))
    assert {values.dtype for values in (part.inputs | part.targets).values()} == {np.dtype(np.float32)}


def test_words_as_an_input_become_the_positions_of_the_words_in_sorted_order(file: Path) -> None:
    part = part_of(file)
    assert list(part.inputs) == ["size", "place"]
    assert part.inputs["place"].tolist() == [[1], [0], [1]]
    assert part.inputs["place"].dtype == np.int32


def test_words_as_a_target_become_labels_in_sorted_order(file: Path) -> None:
    part = part_of(file, target="place")
    assert part.targets["place"].tolist() == [[1], [0], [1]]
    assert part.targets["place"].dtype == np.int32


def test_numbers_and_words_may_both_be_targets(file: Path) -> None:
    part = part_of(file, target=["place", "price"])
    assert (part.targets["place"].dtype, part.targets["price"].dtype) == (np.int32, np.float32)


def test_another_delimiter_reads_the_same_rows(file: Path) -> None:
    expected = part_of(file)
    file.write_text(TEXT.replace(",", "\t"), encoding="utf-8")
    part = part_of(file, delimiter="\t")
    for name, values in (expected.inputs | expected.targets).items():
        np.testing.assert_array_equal((part.inputs | part.targets)[name], values)
