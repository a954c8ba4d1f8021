"""The animation of a training."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from nnrun.plots.animation import encode_gif
from nnrun.plots.learning import draw_learning
from nnrun.plots.style import LIGHT, Array
from nnrun.plots.surface import mixed
from nnrun.plots.thinning import MOST_FRAMES, chosen_epochs

EPOCHS = 200
X = np.linspace(0.0, 2.0, 50)[:, None]
SIDE = np.linspace(-1.0, 1.0, 16)
RNG = np.random.default_rng(0)
POINTS = RNG.uniform(-1, 1, (40, 2))
LOSS = {"loss": np.geomspace(1.0, 0.01, EPOCHS).tolist()}


def frames_of(gif: bytes) -> list[Array]:
    image = Image.open(io.BytesIO(gif))
    assert image.format == "GIF"
    assert image.size == (720, 360)
    assert image.info["loop"] == 0
    found = []
    for i in range(image.n_frames):
        image.seek(i)
        found.append(np.asarray(image.convert("RGB")).astype(int))
    return found


def curve(frames: Array, history: Any = LOSS, targets: Array = X[:, 0], **rest: Any) -> bytes:
    epochs = np.array(chosen_epochs(EPOCHS)[: len(frames)])
    grid = np.linspace(0, 2, frames.shape[1])[None]
    return draw_learning(X, targets, X[:0], targets[:0], grid, frames, epochs, history, ["x", "y"], "t", **rest)


def surface(frames: Array, labels: Array, validation: int = 5) -> bytes:
    epochs = np.array(chosen_epochs(EPOCHS)[: len(frames)])
    known = (POINTS[validation:], labels[validation:], POINTS[:validation], labels[:validation])
    return draw_learning(*known, np.stack([SIDE, SIDE]), frames, epochs, LOSS, ["a", "b"], "t")


def rising(count: int = MOST_FRAMES) -> Array:
    """A line that rises with the frames; (frames, points, 1)."""
    return (np.linspace(0, 1, count)[:, None] * np.linspace(0, 2, 30))[..., None]


def black_rows(frame: Array) -> float:
    """How high, in pixels from above, the line of the prediction ends."""
    return float(np.nonzero((frame[65:305, 330:365] < 40).all(axis=-1))[0].mean())


def test_the_line_of_the_prediction_rises_with_the_frames() -> None:
    pages = frames_of(curve(rising()))
    assert len(pages) == MOST_FRAMES
    heights = [black_rows(pages[i]) for i in (0, 20, 40, 59)]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] - heights[-1] > 100


def test_the_loss_is_drawn_up_to_the_frames_epoch() -> None:
    def blue(page: Array) -> int:
        inside = page[65:305, 460:700]
        return int((inside[..., 2] - inside[..., 0] > 120).sum())

    pages = frames_of(curve(rising()))
    assert blue(pages[0]) < blue(pages[30]) < blue(pages[59])


def test_classes_are_painted_as_regions() -> None:
    right = np.broadcast_to(SIDE > 0, (16, 16)).astype(float)
    sure = np.linspace(0.5, 1.0, 20)[:, None, None]
    shares = np.where(right, sure, 1 - sure)  # (frames, side, side)
    frames = np.rint(255 * np.stack([1 - shares, shares], axis=-1)).astype(np.uint8)
    first, *_, last = frames_of(surface(frames, (POINTS[:, 0] > 0).astype(int)))
    contrast = [float(page[70:300, 90:220, 2].mean() - page[70:300, 240:370, 2].mean()) for page in (first, last)]
    assert contrast[0] < 20
    assert contrast[1] > 50


def test_large_areas_have_exactly_their_colour_and_every_frame_stays() -> None:
    sure = np.broadcast_to(np.linspace(0.0, 1.0, MOST_FRAMES)[:, None, None], (MOST_FRAMES, 16, 16))
    pages = frames_of(surface(np.stack([1 - sure, sure], axis=-1), (POINTS[:, 0] > 0).astype(int)))
    ends = [np.round(255 * mixed(np.array(shares), LIGHT)) for shares in ([1.0, 0.0], [0.0, 1.0])]
    for page, color in zip((pages[0], pages[-1]), ends, strict=True):
        assert (page[70:300, 90:370] == color).all(axis=-1).mean() > 0.7


def test_the_epoch_is_written_in_ink_at_the_upper_right() -> None:
    pages = frames_of(curve(rising()))
    written = [page[70:95, 560:702].min(axis=-1) < 60 for page in pages]
    assert all(50 < ink.sum() < 800 for ink in written)
    assert len({ink.tobytes() for ink in written}) == MOST_FRAMES


@pytest.mark.parametrize("classes", [3, 12])
def test_many_classes_can_be_drawn(classes: int) -> None:
    shares = RNG.dirichlet(np.ones(classes), (5, 16, 16))
    assert len(frames_of(surface(shares, RNG.integers(0, classes, 40)))) == 5


@pytest.mark.parametrize("values", [np.zeros(3), np.arange(3.0), np.array([np.nan, 1.0, np.inf])])
def test_values_can_be_drawn(values: Array) -> None:
    frames = np.broadcast_to(values[:, None, None], (3, 16, 16))
    assert 1 <= len(frames_of(surface(frames, POINTS.sum(axis=1)))) <= 3


def test_an_animation_that_never_rests_has_fewer_frames_for_as_long_and_stays_below_the_limit() -> None:
    pages = RNG.integers(0, 256, (20, 100, 100, 4)).astype(np.uint8)
    gif = encode_gif(pages, [100] * 19 + [900], 100_000)
    assert len(gif) <= 100_000
    image = Image.open(io.BytesIO(gif))
    times = []
    for i in range(image.n_frames):
        image.seek(i)
        times.append(image.info["duration"])
    assert 2 <= len(times) < 20
    assert sum(times) == 2800
    assert times[-1] == 900


@pytest.mark.parametrize("count", [1, 2, 60])
def test_any_number_of_frames_can_be_drawn(count: int) -> None:
    assert len(frames_of(curve(rising(count)))) == count


@pytest.mark.parametrize(
    "history", [{}, {"loss": [0.5]}, {"loss": [float("nan")] * 3}, LOSS | {"val_loss": [2.0] * EPOCHS}]
)
def test_any_history_can_be_drawn(history: Any) -> None:
    frames_of(curve(rising(3), history))


def test_probabilities_and_odd_predictions_can_be_drawn() -> None:
    labels = (X[:, 0] > 1).astype(int)
    shares = rising(4) / 2
    frames_of(curve(np.concatenate([1 - shares, shares], axis=-1), targets=labels, classes=["low", "high"]))
    frames_of(curve(np.full((3, 30, 1), np.nan)))
    frames_of(curve(np.full((3, 30, 1), 3e38, np.float32)))


@given(st.integers(1, 100_000))
def test_the_frames_begin_at_the_initial_weights_and_end_at_the_last_epoch(epochs: int) -> None:
    chosen = chosen_epochs(epochs)
    assert chosen[0] == 0
    assert chosen[-1] == epochs
    assert chosen == sorted(set(chosen))
    assert min(epochs + 1, MOST_FRAMES - 2) <= len(chosen) <= MOST_FRAMES


def test_the_beginning_is_shown_epoch_by_epoch() -> None:
    assert chosen_epochs(2000)[:8] == [0, 1, 2, 3, 4, 5, 6, 7]


def test_colours_and_times_of_a_gif_are_kept() -> None:
    pages = []
    for color in (LIGHT.training, LIGHT.validation, "#123456"):
        page = np.full((20, 30, 4), 255, np.uint8)
        page[5:15, 5:25, :3] = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
        pages.append(page)
    image = Image.open(io.BytesIO(encode_gif(pages, [500, 100, 900], 10**6)))
    for i, duration in enumerate((500, 100, 900)):
        image.seek(i)
        assert image.info["duration"] == duration
        assert np.abs(np.asarray(image.convert("RGB"))[10, 10].astype(int) - pages[i][10, 10, :3]).max() <= 1
        assert tuple(np.asarray(image.convert("RGB"))[0, 0]) == (255, 255, 255)
