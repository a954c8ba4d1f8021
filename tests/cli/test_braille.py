"""Curves as text."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nnrun.cli.braille import by_epoch, curves, history

NAMES = ("epochs", "loss")
numbers = st.floats(allow_nan=True, allow_infinity=True)


def marked(lines: list[str]) -> list[tuple[int, int]]:
    """The rows and columns of the characters with dots."""
    return [(i, j) for i, line in enumerate(lines) for j, character in enumerate(line) if "⠀" < character <= "⣿"]


@example([(0.0, 1.7e308), (0.0, -1.7e308), (0.0, 5e-324)], 30, 2)
@given(st.lists(st.tuples(numbers, numbers)), st.integers(30, 200), st.integers(2, 30))
def test_any_points_keep_within_the_width_and_the_rows(points, width, height):
    lines = curves({"training": points}, width, height, names=NAMES)
    assert all(len(line) <= width for line in lines)
    assert len(lines) in (1, height + 2)


def test_a_rising_curve_rises():
    cells = marked(curves({"x": [(i, i - 50) for i in range(100)]}, 60, names=NAMES))
    left, right = min(cells, key=lambda cell: cell[1]), max(cells, key=lambda cell: cell[1])
    assert left[0] > right[0]
    assert len({column for _, column in cells}) == 60 - 12


def test_values_of_many_sizes_have_a_logarithmic_scale():
    assert curves({"x": [(1, 1.0), (2, 1e-4)]}, 60, names=NAMES)[0] == "loss (log scale)"
    assert curves({"x": [(1, 1.0), (2, 0.5)]}, 60, names=NAMES)[0] == "loss"


def test_the_ends_of_both_scales_are_told():
    lines = curves({"x": [(1, 3.0), (200, 2.0)]}, 60, names=NAMES)
    assert lines[1].startswith("         3 ┤")
    assert lines[-2].startswith("         2 ┤")
    assert lines[-1].split() == ["1", "200", "epochs"]


def test_the_second_curve_is_dotted_and_points_are_not_joined():
    whole = marked(curves({"one": [(0, 0.0), (90, 0.0)]}, 60, names=NAMES))
    points = marked(curves({}, 60, names=NAMES, points=[(0, 0.0), (90, 0.0)]))
    assert len(whole) == 48
    assert len(points) == 2
    assert "two (dotted)" in curves({"one": [(0, 0.0)], "two": [(1, 1.0)]}, 60, names=NAMES)[0]


def test_a_history_has_a_frame_for_each_metric():
    lines = history({"epoch": [1, 2], "loss": [2.0, 1.0], "val_loss": [3.0, 1.0], "seconds": [1, 1], "mae": [1, 1]}, 60)
    assert [line for line in lines if line and line[0].isalpha()] == ["loss: training, validation (dotted)", "mae"]


@pytest.mark.parametrize("values", [[], [float("nan")], [1.0]])
def test_short_and_odd_histories_are_told(values):
    assert history({"loss": values}, 40)


def test_a_long_history_keeps_its_first_and_its_last_epoch():
    points = by_epoch([float(i) for i in range(100_001)])
    assert points[0] == (1, 0.0)
    assert points[-1] == (100_001, 100_000.0)
    assert len(points) < 600


def test_names_do_not_steer_the_terminal():
    assert "\x1b" not in "".join(history({"\x1b[31m": [1.0, 2.0]}, 60))


@pytest.mark.parametrize("loss", [0.6931472, 1e-12, -3.5, 1e6])
def test_a_loss_that_changes_by_rounding_alone_is_a_flat_line(loss):
    values = [(epoch, loss * (1 + 1e-7 * (epoch % 3))) for epoch in range(1, 50)]
    lines = curves({"training": values}, 60, names=NAMES)
    rows = {row for row, line in enumerate(lines[1:-1]) if any(ord(c) > 0x2800 for c in line)}
    assert len(rows) == 1
    assert len([line for line in lines[1:-1] if line.split("┤")[0].strip()]) == 1
    changing = curves(
        {"training": [(epoch, loss * (1 + 1e-3 * (epoch % 3))) for epoch in range(1, 50)]}, 60, names=NAMES
    )
    assert sum(any(ord(c) > 0x2800 for c in line) for line in changing[1:-1]) > 6


def test_a_number_wider_than_its_room_is_shortened_and_the_axis_stays_straight() -> None:
    lines = curves({"loss": [(1.0, 2.0), (2.0, 123_456_789.0)]}, 60, names=NAMES)
    assert {line.index("┤") for line in lines[1:-1]} == {lines[1].index("┤")}
    assert "1.23e+08" in lines[1]
