"""The pictures of a sweep as they are drawn: spreads, bands, tables of colours, planes, parallel axes."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image

from nnrun.plots.bands import draw_bands
from nnrun.plots.heat import draw_heat
from nnrun.plots.parallel import draw_parallel
from nnrun.plots.plane import draw_plane
from nnrun.plots.spread import draw_spread
from nnrun.plots.style import DARK


def texts(svg: bytes) -> list[str]:
    """The words of a picture."""
    return [re.sub(r"<[^>]*>", "", found) for found in re.findall(r"<text.*?</text>", svg.decode(), re.DOTALL)]


def spread(values: list[Any], failed: list[int], **changes: Any) -> bytes:
    arguments = {
        "values": [np.array(numbers, float) for numbers in values],
        "counts": [len(numbers) + lost for numbers, lost in zip(values, failed, strict=True)],
        "failed": failed,
        "pruned": [False] * len(values),
        "names": [f"point {i}" for i in range(len(values))],
        "heading": "units",
        "measure": "final loss",
        "title": "xor",
    }
    return draw_spread(**(arguments | changes))


def test_a_row_counts_the_trials_that_never_arrived_and_those_that_failed():
    told = texts(spread([[1, 2, 3], [1, np.inf, np.inf], [np.inf]], [0, 0, 2], form="svg"))
    assert {"n = 3", "2 never of 3", "1 never, 2 failed of 3"} <= set(told)


def test_pruned_trials_are_named_and_hollow():
    drawn = spread([[0.1], [0.2]], [0, 0], pruned=[False, True], form="svg")
    assert [told for told in texts(drawn) if told in ("pruned", "n = 1")] == ["pruned"]
    dots = re.findall(r'<g id="PathCollection_\d+">.*?</g>', drawn.decode(), re.DOTALL)
    assert ["fill: none" in dot for dot in dots] == [False, True]


def test_numbers_far_apart_are_spread_by_decades_and_others_are_not():
    assert "final loss (log scale)" in texts(spread([[1e-6, 1.0]], [0], form="svg"))
    assert "final loss" in texts(spread([[0.5, 1.0]], [0], form="svg"))


def test_more_than_500_trials_are_a_density_and_not_dots():
    numbers = np.random.default_rng(0).lognormal(size=501)
    assert "PathCollection" in spread([numbers[:500]], [0], form="svg").decode()
    dense = spread([numbers, [*numbers] * 200], [0, 3], form="svg")
    assert "PathCollection" not in dense.decode()
    assert {"n = 501", "3 failed of 100,203"} <= set(texts(dense))
    assert len(dense) < 100_000


@pytest.mark.parametrize("rows", [1, 2, 20])
def test_any_number_of_rows_has_room(rows):
    image = Image.open(io.BytesIO(spread([[0.1 * i, 1.0] for i in range(rows)], [0] * rows)))
    assert image.width == 800
    assert image.height >= 22 * rows + 100
    margin = np.asarray(image.convert("L"))[:, -3:]
    assert (margin > 250).all()  # nothing is cut off


def test_a_point_without_any_number_is_a_row_without_dots():
    assert "4 failed of 4" in texts(spread([[]], [4], form="svg"))


def bands(values: Any, **changes: Any) -> bytes:
    values = np.asarray(values, float)
    arguments = {
        "epochs": np.arange(1, values.shape[2] + 1),
        "bands": values,
        "names": [f"point {i}" for i in range(len(values))],
        "heading": "learning_rate, units",
        "measure": "loss",
        "note": "the middle",
        "title": "xor",
    }
    return draw_bands(**(arguments | changes))


def band(*middle: float) -> list[Any]:
    return [[0.9 * m for m in middle], middle, [1.1 * m for m in middle]]


def test_the_names_stand_in_the_order_in_which_the_lines_end():
    told = texts(bands([band(1, 0.2), band(1, 0.8), band(1, 0.5)], form="svg"))
    assert [text for text in told if text.startswith("point")] == ["point 1", "point 2", "point 0"]
    assert "learning_rate, units" in told


def test_what_diverges_leaves_the_picture_and_does_not_squeeze_the_rest():
    told = texts(bands([band(1, 0.7, 0.5), band(1e9, 1e20, np.inf)], form="svg"))
    assert "loss" in told  # no decades
    assert not any("e+" in text for text in told)


@pytest.mark.parametrize("values", [[band(0.5)], [band(0.0, 0.0)], [band(np.inf, np.inf)], [band(1.0, 1.0)]])
def test_one_epoch_equal_losses_and_no_losses_can_be_drawn(values, pixels):
    pixels(bands(values))


def test_ten_points_have_ten_colors():
    svg = bands([band(1, 0.1 * (i + 1)) for i in range(10)], form="svg").decode()
    lines = set(re.findall(r"stroke: (#[0-9a-f]{6}); stroke-width: 1.3", svg))
    assert len(lines) == 10


def heat(medians: Any, counts: Any, **changes: Any) -> bytes:
    medians = np.asarray(medians, float)
    arguments = {
        "x_names": [str(i) for i in range(medians.shape[1])],
        "y_names": [f"row {i}" for i in range(medians.shape[0])],
        **{"x": "rate", "y": "units", "measure": "final loss", "missing": "never", "title": "xor"},
    }
    return draw_heat(medians, np.asarray(counts), **(arguments | changes))


def test_cells_tell_their_median_what_is_missing_and_another_number_of_trials():
    told = texts(heat([[0.25, np.nan], [np.inf, 0.5]], [[5, 0], [5, 3]], form="svg"))
    assert {"0.25", "–", "never", "0.5", "n = 3", "median of 5 trials"} <= set(told)
    assert "n = 5" not in told


def test_a_cell_whose_trials_all_failed_says_so():
    assert "failed" in texts(heat([[0.25, np.nan]], [[5, 5]], form="svg"))


def test_many_cells_and_no_numbers_at_all_can_be_drawn(pixels):
    pixels(heat(np.geomspace(1e-9, 1, 900).reshape(30, 30), np.ones((30, 30), int), theme=DARK))
    pixels(heat([[np.nan, np.inf]], [[1, 1]]))


def test_the_plane_has_a_dot_per_point_and_a_cross_where_there_is_no_number():
    x, y = np.geomspace(1e-4, 1, 6), np.arange(6.0)
    values = np.array([1.0, 2.0, 3.0, 4.0, np.inf, np.nan])
    told = texts(draw_plane(x, y, values, "rate", "units", "final loss", "no number", "xor", form="svg"))
    assert {"rate (log scale)", "units", "final loss", "no number"} <= set(told)
    assert "no number" not in texts(
        draw_plane(x[:4], y[:4], values[:4], "rate", "units", "final loss", "no number", "xor", form="svg")
    )


def parallel(values: Any, **changes: Any) -> bytes:
    settings = [
        {"name": "learning_rate", "values": np.geomspace(1e-4, 1, len(values)), "labels": None},
        {"name": "units", "values": np.arange(len(values)) % 3 * 4.0, "labels": None},
        {"name": "activation", "values": np.arange(len(values)) % 2, "labels": ("relu", "tanh")},
    ]
    arguments = {"measure": "final loss", "missing": "never", "title": "xor", "form": "svg"}
    return draw_parallel(settings, np.asarray(values, float), **(arguments | changes))


def test_every_setting_has_its_axis_and_the_measure_the_last():
    told = texts(parallel([0.1, 0.2, 0.3, 0.4]))
    assert {"learning_rate", "units", "activation", "relu", "tanh", "final loss", "0", "4", "8"} <= set(told)
    assert "never" not in told


def test_the_best_point_is_drawn_last_and_strongest():
    svg = parallel([0.4, 0.1, np.inf, 0.3]).decode()
    part = svg[svg.index('<g id="LineCollection_1">') :]
    widths = [float(width) for width in re.findall(r"stroke-width: ([\d.]+)", part[: part.index("</g>\n   <g id=")])]
    assert widths == sorted(widths)
    assert widths[-1] > 2 * widths[0]


@pytest.mark.parametrize("largest", [False, True])
def test_the_best_is_the_least_number_or_the_largest(largest):
    values = [0.1, 0.2, 0.3]
    svg = parallel(values, largest=largest).decode()
    part = svg[svg.index('<g id="LineCollection_1">') :]
    ends = [float(y) for y in re.findall(r"L [\d.]+ ([\d.]+) ?\n?\"", part)][: len(values)]
    assert len(set(ends)) == len(values)
    assert ends == sorted(ends, reverse=largest)  # drawn up to the best, and y grows downwards


def test_points_without_a_number_end_at_never():
    assert "never" in texts(parallel([0.1, np.inf]))
    assert "never" in texts(parallel([np.nan, np.nan]))


def test_odd_names_are_drawn(odd_text):
    spread([[1, 2]], [0], names=[odd_text], heading=odd_text, measure=odd_text, title=odd_text)
    bands([band(1, 0.5), band(1, 0.6)], names=[odd_text] * 2, heading=odd_text, note=odd_text, title=odd_text)
    heat([[0.1]], [[1]], x_names=[odd_text], y_names=[odd_text], x=odd_text, y=odd_text, title=odd_text)
    parallel([0.1, 0.2], measure=odd_text, missing=odd_text, title=odd_text, note=odd_text)
