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


def headings(dead: int | None, name: str, layers: int) -> str:
    told = [{"name": name, "units": 32, "dead": dead}] * layers
    edges = np.tile(np.linspace(0, 1, 11), (layers, 1))
    return draw_activations(told, np.ones((layers, 10)), edges, "xor", form="svg").decode()


@pytest.mark.parametrize(
    ("dead", "name", "layers", "told"),
    [
        (1, "hidden", 1, "hidden: 32 units, 1 dead"),
        (1, "conv2d_2", 6, "conv2d_2: 1 of 32 dead"),
        (None, "max_pooling2d", 6, "max_pooling2d: 32 units"),
        (0, "a_layer_of_a_very_long_name", 1, "a_layer_of_a_very_long_name: 32 units, none dead"),
    ],
)
def test_how_many_units_are_dead_is_told_however_little_room_there_is(dead, name, layers, told) -> None:
    assert f">{told}</text>" in headings(dead, name, layers)


def test_a_long_name_loses_its_end_and_not_what_is_told() -> None:
    drawn = headings(1, "a_layer_of_a_very_long_name_that_goes_on", 6)
    assert "…: 1 dead</text>" in drawn
    assert ">a_layer_of" in drawn


@pytest.mark.parametrize("layers", [1, 2, 3, 6, 7, 40])
def test_any_number_of_layers_can_be_drawn(pixels: Callable[[bytes], object], layers: int) -> None:
    pixels(draw(1, layers))


def test_layers_without_answers_and_odd_names_can_be_drawn(pixels: Callable[[bytes], object], odd_text: str) -> None:
    pixels(draw(0, counts=np.zeros(10), name=odd_text))
