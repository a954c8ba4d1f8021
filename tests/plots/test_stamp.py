"""What is put upon the pixels of a page."""

from __future__ import annotations

import numpy as np

from nnrun.plots import figure
from nnrun.plots.stamp import Stamp

RNG = np.random.default_rng(0)


def page() -> np.ndarray:
    pixels = RNG.integers(0, 256, (12, 20, 4)).astype(np.uint8)
    pixels[..., 3] = 255
    return pixels


def test_colours_are_mixed_by_the_cover() -> None:
    shape = RNG.integers(0, 256, (3, 4, 4)).astype(np.uint8)
    shape[0, 0, 3] = 0
    pixels = page()
    before = pixels.astype(float)
    Stamp.of(shape, 2, 5).put_on(pixels)
    cover = shape[..., 3:] / 255
    expected = before.copy()
    expected[2:5, 5:9, :3] = before[2:5, 5:9, :3] * (1 - cover) + shape[..., :3] * cover
    assert np.abs(pixels - expected).max() <= 0.5
    assert (pixels[..., 3] == 255).all()


def test_it_can_be_moved_and_is_left_out_where_it_would_stand_out() -> None:
    stamp = Stamp.of(np.full((2, 2, 4), [9, 8, 7, 255], np.uint8))
    pixels = page()
    before = pixels.copy()
    for down, right in ((-1, 0), (0, -1), (11, 0), (0, 19)):
        stamp.put_on(pixels, down, right)
    np.testing.assert_array_equal(pixels, before)
    stamp.put_on(pixels, 10, 18)
    changed = (pixels != before).any(axis=-1)
    assert changed[10:, 18:].all()
    assert changed.sum() == 4


def test_what_matplotlib_draws_is_put_upon_a_page_as_matplotlib_itself_puts_it() -> None:
    with figure.matplotlib_style():
        drawn = figure.titled("a title", 2.0, 1.0)
        canvas = drawn.canvas
        canvas.draw()
        whole = np.array(canvas.buffer_rgba())
        stamp = Stamp.drawn(canvas, drawn.texts)
    pixels = np.full_like(whole, 255)
    stamp.put_on(pixels)
    assert np.abs(pixels.astype(int) - whole).max() <= 2
    assert len(stamp.rows) > 100


def test_nothing_is_put_nowhere() -> None:
    pixels = page()
    before = pixels.copy()
    Stamp.of(np.zeros((3, 3, 4), np.uint8)).put_on(pixels, -5)
    np.testing.assert_array_equal(pixels, before)
