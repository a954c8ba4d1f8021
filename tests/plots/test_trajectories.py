"""The way of the weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nnrun.plots.style import LIGHT, Array
from nnrun.plots.trajectories import draw_trajectories

RNG = np.random.default_rng(0)
EPOCHS = np.linspace(0.0, 1.0, 51)


def test_every_weight_of_a_small_model_has_its_line(count_of: Callable[[bytes, str], int]) -> None:
    png = draw_trajectories({"neuron/kernel": np.stack([EPOCHS, -EPOCHS, EPOCHS**2], axis=1)}, "bilinear")
    assert all(count_of(png, LIGHT.color_of(number)) > 50 for number in range(3))


def test_another_way_gives_another_picture() -> None:
    one = draw_trajectories({"neuron/bias": EPOCHS[:, np.newaxis]}, "")
    assert one != draw_trajectories({"neuron/bias": EPOCHS[:, np.newaxis] ** 2}, "")


def test_a_single_spike_is_seen(pixels: Callable[[bytes], Array]) -> None:
    way = np.zeros((20_001, 1))
    way[12_345] = 1.0
    page = pixels(draw_trajectories({"neuron/bias": way}, ""))[80:400, 85:680]
    blue = page[..., 2].astype(int) - page[..., 0] > 60
    assert blue.any(axis=1).sum() > 280


@pytest.mark.parametrize("variables", [0, 1, 3, 5, 30])
def test_any_number_of_variables_can_be_drawn(pixels: Callable[[bytes], object], variables: int) -> None:
    trace = {
        f"layer_{number // 2}/{('kernel', 'bias')[number % 2]}": RNG.random((11, 3)) for number in range(variables)
    }
    pixels(draw_trajectories(trace, "layers"))


def test_more_than_six_variables_share_the_panels_of_their_layers() -> None:
    trace = {f"layer_{number}/{name}": RNG.random((5, 1)) for number in range(4) for name in ("kernel", "bias")}
    later = trace | {"layer_3/bias": RNG.random((5, 1))}
    assert draw_trajectories(trace, "") != draw_trajectories(later, "")


@pytest.mark.parametrize("shape", [(1,), (1, 2, 3), (51, 30, 40), (3, 0), (2001, 1)])
def test_any_shape_can_be_drawn(pixels: Callable[[bytes], object], shape: tuple[int, ...]) -> None:
    pixels(draw_trajectories({"scale": RNG.random(shape)}, ""))


@pytest.mark.parametrize("value", [0.0, 1e-38, 3e38, np.nan])
def test_weights_of_any_size_can_be_drawn(pixels: Callable[[bytes], object], value: float) -> None:
    pixels(draw_trajectories({"neuron/kernel": np.array([[value], [-value]], np.float32)}, ""))


def test_odd_names_are_drawn(pixels: Callable[[bytes], object], odd_text: str) -> None:
    pixels(draw_trajectories({odd_text: RNG.random((5, 2)), f"{odd_text}/bias": RNG.random((5, 2))}, odd_text))
