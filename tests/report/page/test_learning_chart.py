"""The prediction at every epoch, as a script draws it: lines over one input, colours over the plane of two."""

import base64
import zlib

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex

from nnrun.plots.style import LIGHT, VALUE_SHADES
from nnrun.report.page.chart import BOTTOM, LEFT, RIGHT, TOP
from nnrun.report.page.learning_chart import learning_chart

ROWS = np.array([[0.0, -1.0], [1.0, 1.0], [0.5, 0.0]], np.float32)


def over_two_inputs(frames, **changes):
    """The arguments of an animation over a plane from (0, -1) to (1, 1)."""
    side = frames.shape[1]
    return {
        "inputs": ROWS,
        "targets": np.array([0, 1, 1]),
        "validation_inputs": ROWS[:1],
        "validation_targets": np.array([1]),
        "grid": np.stack([np.linspace(0, 1, side), np.linspace(-1, 1, side)]),
        "frames": frames,
        "names": ["a", "b"],
        "classes": ["no", "yes"],
    } | changes


def unpacked(surface):
    values = np.frombuffer(zlib.decompress(base64.b64decode(surface["frames"])), np.uint8)
    return values.reshape(surface["count"], surface["side"], surface["side"], -1)


def test_of_two_classes_the_probability_of_the_second_is_kept_as_it_is():
    second = np.random.default_rng(0).integers(0, 256, (3, 64, 64), np.uint8)
    frames = np.stack([255 - second, second], axis=-1)
    learning = learning_chart(over_two_inputs(frames), 1_000_000)
    assert np.array_equal(unpacked(learning.surface)[..., 0], second)
    assert learning.surface["classes"] == ["no", "yes"]
    assert learning.surface["colors"]["light"] == [LIGHT.color_of(0), LIGHT.color_of(1)]


def test_samples_stand_where_the_axes_say_in_the_colour_of_their_class():
    frames = np.zeros((2, 64, 64, 2), np.uint8)
    samples = learning_chart(over_two_inputs(frames), 1_000_000).surface["samples"]
    assert [(float(x), float(y)) for x, y, *_ in samples] == [
        (LEFT, BOTTOM),
        (RIGHT, TOP),
        ((LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2),
        (LEFT, BOTTOM),
    ]
    assert [(color, validation) for _, _, color, validation in samples] == [(0, 0), (1, 0), (1, 0), (1, 1)]


def test_every_third_point_is_kept_where_the_bytes_would_be_too_many():
    frames = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
    surface = learning_chart(over_two_inputs(frames, classes=["a", "b", "c"]), 5_000).surface
    assert np.array_equal(unpacked(surface), frames[:, ::3, ::3])


def test_values_are_shades_between_the_least_and_the_greatest():
    frames = np.stack([np.zeros((64, 64)), np.linspace(-1, 3, 64 * 64).reshape(64, 64)])
    surface = learning_chart(over_two_inputs(frames, classes=[]), 1_000_000).surface
    assert surface["range"] == (-1.0, 3.0)
    last = unpacked(surface)[-1]
    assert (last[0, 0, 0], last[-1, -1, 0]) == (0, 255)
    assert surface["classes"] == []
    assert [color for _, _, color, _ in surface["samples"]] == [4, 8, 8, 8]


def test_values_that_are_infinite_or_none_have_a_shade():
    frames = np.full((1, 64, 64), np.nan)
    frames[0, 0] = np.inf
    assert unpacked(learning_chart(over_two_inputs(frames, classes=[]), 1_000_000).surface).shape == (1, 64, 64, 1)


def test_a_line_per_output_has_its_points_at_every_epoch():
    grid = np.linspace(0, 1, 400)
    frames = np.stack([np.zeros(400), grid])[:, :, None]
    arguments = over_two_inputs(frames) | {"inputs": ROWS[:, :1], "targets": ROWS[:, 0], "grid": grid[None]}
    learning = learning_chart(arguments | {"classes": []}, 0)
    assert learning.surface is None
    ((first, last),) = learning.lines
    assert first.count(",") == last.count(",") == 101
    assert len({point.split(",")[1] for point in first.split()}) == 1
    assert learning.chart.lines[0].points == last
    assert len(learning.chart.dots) == 3


@pytest.mark.parametrize("shape", [(1, 64, 64, 9), (1, 400, 5)])
def test_more_outputs_than_can_be_told_apart_are_not_drawn(shape):
    arguments = over_two_inputs(np.zeros(shape))
    if len(shape) == 3:
        arguments |= {"grid": np.linspace(0, 1, 400)[None], "inputs": ROWS[:, :1]}
    assert learning_chart(arguments, 1_000_000) is None


def test_the_shades_are_those_of_the_pictures():
    colors = matplotlib.colormaps[LIGHT.values](np.linspace(0, 1, len(VALUE_SHADES)))
    assert [to_hex(color) for color in colors] == list(VALUE_SHADES)
