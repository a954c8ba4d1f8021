"""The picture of data is chosen by their columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tables_by_hand import number, table, text

from nnrun.data.profile.raw_table import RawColumn, RawTable
from nnrun.plots.picture import Drawing, draw
from nnrun.report.data_picture import data_picture

X = number("x", [1, 2, 3, 4])
PRICE = number("price", [5, 6, 7, 8], "target")
KIND = text("kind", ["no", "yes", None, "yes"], "target")
CITY = text("city", ["Rome", "Oslo", None, "Rome"])
PIXELS = RawColumn("pixels", "input", "image", np.arange(64, dtype=np.float32).reshape(4, 16), image=(4, 4))
COLORS = RawColumn("photo", "input", "vector", np.zeros((4, 5, 6, 3), np.float32))
STEPS = RawColumn("steps", "input", "vector", np.zeros((4, 8, 1), np.float32))


def chosen(*columns: RawColumn, **options: Any) -> tuple[str, dict[str, Any]]:
    """The kind and the arguments of the picture of some rows, after it was drawn."""
    return of({"training": table(*columns)}, **options)


def of(tables: dict[str, RawTable], **options: Any) -> tuple[str, dict[str, Any]]:
    picture = data_picture(tables, "it.yaml", **options)
    done = draw(Drawing(picture))
    assert done.data is not None, done.failure
    return picture.kind, dict(picture.arguments)


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        ((X, PRICE), "points"),
        ((X, number("z", [0, 1, 0, 1]), PRICE), "points"),
        ((X, number("z", [0, 1, 0, 1]), KIND), "points"),
        ((X, number("z", [0, 1, 0, 1]), number("w", [0, 1, 0, 1]), KIND), "columns"),
        ((X, CITY, KIND), "columns"),
        ((CITY, PRICE), "columns"),
        ((X,), "columns"),
        ((PIXELS, KIND), "examples"),
        ((COLORS, PRICE), "examples"),
        ((STEPS, PRICE), "series"),
    ],
)
def test_the_columns_decide_which_picture_is_drawn(columns: tuple[RawColumn, ...], kind: str) -> None:
    assert chosen(*columns)[0] == kind


def test_rows_in_an_order_are_lines_part_after_part() -> None:
    tables = {"training": table(X, PRICE), "test": table(X, PRICE, first=5)}
    kind, arguments = of(tables, ordered=True)
    assert kind == "series"
    assert arguments["names"] == ["x", "price"]
    assert [line.tolist() for line in arguments["lines"]] == [[1, 2, 3, 4] * 2, [5, 6, 7, 8] * 2]
    assert (arguments["starts"], arguments["parts"]) == ([1, 5], ["training", "test"])


def test_the_numbers_of_rows_in_an_order_are_lines_beside_texts() -> None:
    kind, arguments = chosen(X, CITY, PRICE, ordered=True)
    assert kind == "series"
    assert arguments["names"] == ["x", "price"]
    assert chosen(CITY, KIND, ordered=True)[0] == "columns"


def test_rows_without_a_class_are_no_points() -> None:
    _, arguments = chosen(X, number("z", [0, 1, 0, 1]), KIND)
    assert arguments["classes"] == ["no", "yes"]
    assert arguments["values"].tolist() == [0, 1, 1]
    assert arguments["points"][:, 0].tolist() == [1, 2, 4]


def test_the_labels_of_images_are_the_classes_by_name() -> None:
    _, arguments = chosen(PIXELS, text("kind", ["cat", "dog", "cat", "owl"], "target"))
    assert arguments["labels"] == ["cat", "dog", "cat", "owl"]
    assert arguments["images"].shape == (4, 4, 4)


def test_the_first_columns_of_many_are_drawn() -> None:
    _, arguments = chosen(*(number(f"x{i}", [1, 2, 3, 4]) for i in range(30)), KIND)
    assert (len(arguments["columns"]), arguments["total"]) == (12, 31)
