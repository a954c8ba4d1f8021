"""The plane of two inputs in the colours of the prediction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from nnrun.plots.style import LIGHT, Array
from nnrun.plots.surface import draw_surface

GRID = np.linspace(-1.0, 1.0, 30)
RIGHT = np.broadcast_to(GRID > 0, (30, 30)).astype(float)
CLASSES = np.stack([1 - RIGHT, RIGHT], axis=-1)
POINTS = np.array([[-0.5, -0.5], [-0.5, 0.5], [0.5, -0.5], [0.5, 0.5]])
LABELS = np.array([0, 0, 1, 1])
NONE = np.zeros((0, 2))


def draw(
    surface: Any = CLASSES, points: Any = POINTS, labels: Any = LABELS, validation: Any = NONE, truth: Any = ()
) -> bytes:
    return draw_surface(points, labels, validation, np.array(truth, int), GRID, GRID, surface, ("age", "income"), "xor")


def pale(number: int) -> Array:
    return 255 * (0.45 * np.array(to_rgb(LIGHT.color_of(number))) + 0.55)


def test_each_side_has_the_pale_colour_of_its_class(pixels: Callable[[bytes], Array]) -> None:
    page = pixels(draw())
    for column, number in ((120, 0), (740, 1)):
        assert np.abs(page[100, column] - pale(number)).max() <= 1


def test_a_dark_line_parts_the_classes(pixels: Callable[[bytes], Array]) -> None:
    dark = (pixels(draw(points=NONE, labels=LABELS[:0]))[70:440, 90:770] < 130).all(axis=-1)
    columns = np.flatnonzero(dark.all(axis=0))
    assert 1 <= len(columns) <= 2
    assert np.abs(columns + 90 - 428).max() <= 2


def test_up_is_up(pixels: Callable[[bytes], Array]) -> None:
    page = pixels(draw(surface=CLASSES.swapaxes(0, 1)))
    assert np.abs(page[75, 120] - pale(1)).max() <= 1


def test_training_and_validation_rows_are_told_apart() -> None:
    assert draw(points=POINTS[:2], labels=LABELS[:2], validation=POINTS[2:], truth=LABELS[2:]) != draw()


def test_a_row_has_the_full_colour_of_its_class(count_of: Callable[[bytes, str], int]) -> None:
    blue = count_of(draw(labels=np.zeros(4, int)), LIGHT.color_of(0))
    assert blue > count_of(draw(), LIGHT.color_of(0)) > 0


def test_values_are_drawn_as_shades(pixels: Callable[[bytes], Array]) -> None:
    page = pixels(draw(surface=np.add.outer(GRID, GRID), labels=POINTS.sum(axis=1)))
    lightness = page[60:446, 80:690].astype(int).sum(axis=-1)
    assert lightness[5, -5] > lightness[-5, 5] + 100


@pytest.mark.parametrize("value", [0.0, np.nan, 1e300])
def test_flat_values_can_be_drawn(pixels: Callable[[bytes], object], value: float) -> None:
    pixels(draw(surface=np.full((30, 30), value), labels=LABELS.astype(float)))


@pytest.mark.parametrize("shape", [(0,), (0, 1)])
@pytest.mark.parametrize("surface", [CLASSES, RIGHT])
def test_there_may_be_no_validation_rows(
    pixels: Callable[[bytes], object], surface: Array, shape: tuple[int, ...]
) -> None:
    nothing = np.zeros(shape, np.float32)
    pixels(draw_surface(POINTS, LABELS, NONE, nothing, GRID, GRID, surface, ("age", "income"), ""))


@pytest.mark.parametrize("size", [0.0, 1e-38, 3e38])
@pytest.mark.parametrize("surface", [CLASSES, RIGHT])
def test_float32_of_any_size_and_spread_can_be_drawn(
    pixels: Callable[[bytes], object], surface: Array, size: float
) -> None:
    grid, points, values = (np.float32(size) * array.astype(np.float32) for array in (GRID, POINTS, RIGHT))
    shown = values if surface.ndim == 2 else surface.astype(np.float32)
    pixels(draw_surface(points, LABELS, points, LABELS, grid, grid, shown, ("age", "income"), ""))


def test_many_classes_and_rows_can_be_drawn(pixels: Callable[[bytes], object]) -> None:
    rng = np.random.default_rng(0)
    shares = rng.dirichlet(np.ones(12), (30, 30))
    pixels(draw(surface=shares, points=rng.uniform(-1, 1, (9000, 2)), labels=rng.integers(0, 12, 9000)))


def test_odd_names_are_drawn(pixels: Callable[[bytes], object], odd_text: str) -> None:
    names = (odd_text, odd_text)
    pixels(draw_surface(POINTS, LABELS, NONE, LABELS[:0], GRID, GRID, CLASSES, names, odd_text))
