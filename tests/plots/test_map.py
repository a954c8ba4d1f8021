"""The map of two settings: its pixels, the ends of its colours, and its axes."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nnrun.plots.map import DIVERGED, NEVER, NOTHING, draw_map, is_geometric, robust_scale
from nnrun.plots.style import DARK, LIGHT, PAPER

RATES, DEVIATIONS = np.geomspace(1e-4, 1, 40), np.linspace(0.5, 2, 30)
VALUES = 1e-3 * np.outer(DEVIATIONS, 1 / RATES)  # (30, 40)


def arguments(**changes: Any) -> dict[str, Any]:
    states = np.zeros(VALUES.shape, np.uint8)
    states[5:, 35:] = DIVERGED
    given = {
        "values": np.where(states > 0, np.nan, VALUES),
        "states": states,
        "x_values": RATES,
        "y_values": DEVIATIONS,
    }
    words = {"x": "rate", "y": "stddev", "measure": "final loss", "note": "one trial each", "title": "xor"}
    return {**given, **words, **changes}


def pixels(**changes: Any) -> Any:
    return np.asarray(Image.open(io.BytesIO(draw_map(**arguments(**changes), pixels=True))).convert("RGB"))


def rgb(color: str) -> list[int]:
    return list(bytes.fromhex(color[1:]))


def texts(**changes: Any) -> set[str]:
    svg = draw_map(**arguments(**changes), form="svg").decode()
    return {re.sub(r"<[^>]*>", "", found) for found in re.findall(r"<text.*?</text>", svg, re.DOTALL)}


def test_every_pair_of_values_is_one_pixel_the_lowest_row_below():
    image = pixels()
    assert image.shape == (30, 40, 3)
    diverged = (image == rgb(LIGHT.warning)).all(axis=-1)
    assert (diverged[::-1] == (arguments()["states"] == DIVERGED)).all()


@pytest.mark.parametrize("theme", [LIGHT, DARK, PAPER])
def test_what_has_no_number_has_a_colour_that_no_number_has(theme):
    states = np.zeros(VALUES.shape, np.uint8)
    states[0, :3] = DIVERGED, NEVER, NOTHING
    image = pixels(states=states, theme=theme)
    special = [tuple(color) for color in image[-1, :3].tolist()]
    others = {tuple(color) for row in image[:-1].tolist() for color in row}
    assert len(set(special)) == 3
    assert not set(special) & others


def test_the_axes_are_logarithmic_where_the_values_are_spaced_so():
    told = texts()
    assert {"rate (log scale)", "stddev", "final loss (log scale)", "diverged", "one trial each"} <= told
    assert {"0.001", "0.01", "0.1"} <= told
    assert not {"never", "not trained"} & told


def test_colours_do_not_follow_a_few_numbers_far_away():
    values = np.concatenate([np.linspace(1, 2, 1000), [1e9]])
    scale = robust_scale(values)
    assert not scale.logarithmic
    assert scale.high < 2.1
    assert scale.share(np.array([1e9])).tolist() == [1.0]


def test_trials_that_nearly_diverged_do_not_stretch_the_colours_of_the_others():
    values = np.concatenate([np.geomspace(0.01, 1, 950), np.geomspace(1e3, 1e30, 50)])
    scale = robust_scale(values)
    assert scale.logarithmic
    assert 1 < scale.high < 100


def test_the_names_of_wide_numbers_stay_on_the_page():
    image = np.asarray(Image.open(io.BytesIO(draw_map(**arguments(values=VALUES * 1e6)))).convert("L"))
    assert (image[:, -3:] > 250).all()


def test_losses_over_decades_have_a_logarithmic_scale_zeros_at_its_end():
    values = np.concatenate([np.geomspace(1e-12, 1, 1000), np.zeros(100)])
    scale = robust_scale(values)
    assert scale.logarithmic
    assert scale.share(np.array([0.0, 2.0])).tolist() == [0.0, 1.0]


@pytest.mark.parametrize(
    ("values", "logarithmic"),
    [
        (np.geomspace(1e-3, 1, 50), True),
        (np.geomspace(0.5, 2, 512), True),
        (np.linspace(0.5, 2, 512), False),
        (np.arange(1.0, 9.0), False),
        (np.array([0.0, 0.1, 1.0, 10.0]), False),
        (np.array([1e-3, 1e-2, 2e-2, 5e-2, 1.0]), True),
        (np.array([1.0, 2.0]), False),
    ],
)
def test_which_values_are_on_a_logarithmic_axis(values, logarithmic):
    assert is_geometric(values) == logarithmic


def test_a_map_of_nothing_but_diverged_trials_is_drawn():
    states = np.full(VALUES.shape, DIVERGED, np.uint8)
    assert (pixels(values=np.full(VALUES.shape, np.nan), states=states) == rgb(LIGHT.warning)).all()
    assert "diverged" in texts(values=np.full(VALUES.shape, np.nan), states=states)


def test_a_large_map_is_a_small_file():
    side = np.geomspace(1e-3, 1, 1024)
    values = np.outer(side, side)
    large = {"values": values, "states": np.zeros(values.shape, np.uint8), "x_values": side, "y_values": side}
    data = draw_map(**arguments(**large), pixels=True)
    assert Image.open(io.BytesIO(data)).size == (1024, 1024)
    assert len(data) < 2**20
