"""How strongly the units of each layer answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nnrun.plots.activations import draw_activations
from nnrun.plots.style import LIGHT


def draw(dead: int | None, layers: int = 1, counts: Any = None, name: str = "hidden") -> bytes:
    told = [{"name": name, "units": 8, "dead": dead}] * layers
    bars = np.tile(np.arange(10) if counts is None else counts, (layers, 1))
    return draw_activations(told, bars, np.tile(np.linspace(0, 1, 11), (layers, 1)), "xor")


def test_dead_units_are_marked(count_of: Callable[[bytes, str], int]) -> None:
    assert count_of(draw(3), LIGHT.warning) > 20
    assert count_of(draw(0), LIGHT.warning) == 0
    assert draw(0) != draw(None)


def test_the_bars_are_as_high_as_their_shares(count_of: Callable[[bytes, str], int]) -> None:
    flat, single = np.ones(10), np.eye(10)[0]
    assert count_of(draw(0, counts=flat), LIGHT.training) > 8 * count_of(draw(0, counts=single), LIGHT.training)


@pytest.mark.parametrize("layers", [1, 2, 3, 6, 7, 40])
def test_any_number_of_layers_can_be_drawn(pixels: Callable[[bytes], object], layers: int) -> None:
    pixels(draw(1, layers))


def test_layers_without_answers_and_odd_names_can_be_drawn(pixels: Callable[[bytes], object], odd_text: str) -> None:
    pixels(draw(0, counts=np.zeros(10), name=odd_text))
