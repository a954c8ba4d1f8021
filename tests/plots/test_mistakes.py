"""Pictures that were taken for something else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nnrun.plots.mistakes import draw_mistakes
from nnrun.plots.style import Array

RNG = np.random.default_rng(0)


def draw(images: Array, wrong: int | None = None, name: str = "4") -> bytes:
    count = len(images)
    return draw_mistakes(images, [name] * count, ["9"] * count, np.full(count, 0.8), wrong or count, "digits")


def test_a_picture_is_seen(pixels: Callable[[bytes], Array]) -> None:
    cross = np.zeros((1, 8, 8))
    cross[0, 4, :] = cross[0, :, 4] = 1.0
    assert (pixels(draw(cross)) < 40).all(axis=-1).sum() > 1000
    assert draw(cross) != draw(1 - cross)


@pytest.mark.parametrize("shape", [(1, 8, 8), (2, 28, 28), (24, 8, 8), (5, 4, 9), (3, 8, 8, 3)])
def test_any_number_and_shape_can_be_drawn(pixels: Callable[[bytes], object], shape: tuple[int, ...]) -> None:
    pixels(draw(RNG.random(shape)))


@pytest.mark.parametrize("value", [0.0, np.nan, 3e38])
def test_flat_pictures_can_be_drawn(pixels: Callable[[bytes], object], value: float) -> None:
    pixels(draw(np.full((2, 8, 8), value, np.float32)))


def test_how_many_there_are_in_all_is_told() -> None:
    images = RNG.random((3, 8, 8))
    assert draw(images, 3) != draw(images, 30)


def test_odd_names_are_drawn(pixels: Callable[[bytes], object], odd_text: str) -> None:
    pixels(draw(RNG.random((2, 8, 8)), name=odd_text))
