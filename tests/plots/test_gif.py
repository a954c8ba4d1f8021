"""The bytes of a GIF, as Pillow reads them."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from nnrun.plots.gif import UNCHANGED, write_gif
from nnrun.plots.style import Array

RNG = np.random.default_rng(0)
PALETTE = RNG.integers(0, 256, (UNCHANGED, 3)).astype(np.uint8)


def read(gif: bytes) -> tuple[list[Array], list[int]]:
    """The colours of every frame, and how long it stands."""
    image = Image.open(io.BytesIO(gif))
    frames, times = [], []
    for i in range(getattr(image, "n_frames", 1)):
        image.seek(i)
        frames.append(np.asarray(image.convert("RGB")))
        times.append(int(image.info["duration"]))
    return frames, times


def test_every_frame_is_read_as_it_was_written() -> None:
    frames = [RNG.integers(0, UNCHANGED, (40, 70)).astype(np.uint8)]
    for top, left in ((0, 0), (10, 20), (39, 69)):
        frames.append(frames[-1].copy())
        frames[-1][top : top + 9, left : left + 5] = RNG.integers(0, UNCHANGED)
    found, times = read(write_gif(frames, PALETTE, [500, 90, 90, 1000]))
    assert times == [500, 90, 90, 1000]
    for i, frame in enumerate(frames):
        np.testing.assert_array_equal(found[i], PALETTE[frame])


def test_a_frame_that_changes_nothing_makes_the_one_before_it_stand_longer() -> None:
    one, other = np.zeros((4, 4), np.uint8), np.ones((4, 4), np.uint8)
    found, times = read(write_gif([one, one, other, other, other, one], PALETTE, [10, 20, 30, 40, 50, 60]))
    assert times == [30, 120, 60]
    assert [int(frame[0, 0, 0]) for frame in found] == [int(PALETTE[number, 0]) for number in (0, 1, 0)]


def test_a_lone_frame_and_a_palette_of_one_colour_are_enough() -> None:
    ((frame,), times) = read(write_gif([np.zeros((3, 5), np.uint8)], PALETTE[:1], [70]))
    assert frame.shape == (3, 5, 3)
    assert (frame == PALETTE[0]).all()
    assert times == [70]


def test_what_stays_costs_next_to_nothing() -> None:
    noise = RNG.integers(0, UNCHANGED, (200, 300)).astype(np.uint8)
    corners = noise.copy()
    corners[0, 0], corners[-1, -1] = corners[0, 0] + 1, corners[-1, -1] + 1
    alone, both = write_gif([noise], PALETTE, [90]), write_gif([noise, corners], PALETTE, [90, 90])
    assert len(both) - len(alone) < len(alone) / 50
