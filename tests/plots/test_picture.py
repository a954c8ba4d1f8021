"""The page and its panels."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnrun.plots.panel import Entry, Panel
from nnrun.plots.picture import Box, Picture
from nnrun.plots.scales import Scale
from nnrun.plots.style import Array

PAGE = Picture("")


def test_an_odd_title_is_drawn(odd_text: str, pixels: Callable[[bytes], object]) -> None:
    pixels(Picture(odd_text).png())


def test_an_image_lies_where_it_was_put_with_its_lowest_row_first(pixels: Callable[[bytes], Array]) -> None:
    picture = Picture("")
    colors = np.zeros((2, 3, 3))
    colors[0] = (1.0, 0.0, 0.0)
    picture.image(colors, left=100, bottom=50)
    page = pixels(picture.png())
    assert page[449, 100:103].tolist() == [[255, 0, 0]] * 3
    assert page[448, 100:103].tolist() == [[0, 0, 0]] * 3
    assert page[447, 100].tolist() == page[449, 103].tolist() == [255, 255, 255]


def test_what_is_drawn_later_covers_what_was_drawn_before(count_of: Callable[[bytes, str], int]) -> None:
    picture = Picture("")
    for color in ("#0000ff", "#ff0000"):
        picture.points(np.array([400.0]), np.array([250.0]), color, size=40)
    assert count_of(picture.png(), "#ff0000") > 1000
    assert count_of(picture.png(), "#0000ff") == 0


def test_nothing_is_drawn_outside_of_a_panel(pixels: Callable[[bytes], Array]) -> None:
    panel = Panel(Picture(""), Box(200, 200, 100, 100), Scale(0, 1), Scale(0, 1), grid=False)
    panel.line(np.array([-50.0, 50.0]), np.array([0.5, 0.5]), "#ff0000", width=3)
    red = (pixels(panel.picture.png()) == [255, 0, 0]).all(axis=-1)
    columns = np.flatnonzero(red.any(axis=0))
    assert columns.min() >= 196
    assert columns.max() <= 303


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60), st.floats(10, 300))
def test_text_is_cut_to_the_width(text: str, width: float) -> None:
    fitting = PAGE.fitting(text, width)
    assert PAGE.width_of(fitting) <= width or len(fitting) == 1


def test_text_that_fits_is_not_cut() -> None:
    assert Picture("").fitting("validation", 200) == "validation"


@pytest.mark.parametrize("count", [1, 2, 5])
def test_stacked_boxes_share_the_height(count: int) -> None:
    box = Box(10, 20, 100, 300)
    boxes = box.stacked(count, gap=10)
    assert boxes[0].top == pytest.approx(320)
    assert boxes[-1].bottom == pytest.approx(20)
    assert sum(part.height for part in boxes) + 10 * (count - 1) == pytest.approx(300)
    assert all(above.bottom - below.top == pytest.approx(10) for above, below in pairwise(boxes))


def test_boxes_side_by_side_share_the_width() -> None:
    boxes = Box(10, 20, 100, 300).side_by_side(3, gap=5)
    assert boxes[0].left == 10
    assert boxes[-1].right == pytest.approx(110)
    assert {part.bottom for part in boxes} == {20}


def test_odd_names_in_a_legend_are_drawn(odd_text: str, pixels: Callable[[bytes], object]) -> None:
    legend = [Entry(odd_text, "#0072b2"), Entry(odd_text, "#d55e00", "dashed"), Entry(odd_text, "#009e73", "diamond")]
    panel = Panel(
        Picture(""),
        Box(80, 60, 600, 300),
        Scale(0, 1),
        Scale(0, 1),
        heading=odd_text,
        legend=legend,
        x_label=odd_text,
        y_label=odd_text,
    )
    pixels(panel.picture.png())


def test_a_legend_without_room_says_how_much_is_missing() -> None:
    long = [Entry("name " * 10, "#0072b2") for _ in range(30)]
    short = long[:1]
    pictures = []
    for legend in (long, short):
        panel = Panel(Picture(""), Box(80, 60, 600, 300), Scale(0, 1), Scale(0, 1), legend=legend)
        pictures.append(panel.picture.png())
    assert pictures[0] != pictures[1]
