"""The page: what drawing brings into the process, what it leaves there, and what stays within its edges."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

from nnrun.plots.curves import draw_history
from nnrun.plots.figure import Form, legend_above, matplotlib_style, titled
from nnrun.plots.style import LIGHT, THEMES, Array, Theme


def legend(width: float, room: float = 0.0) -> list[str]:
    """What the legend above axes of so many pixels says."""
    with matplotlib_style(LIGHT):
        page = titled("", width=width / 100)
        page.subplots_adjust(left=0, right=1)
        axes = page.subplots()
        for label in ("training", "validation", "prediction"):
            axes.plot([], [], label=label)
        legend_above(axes, room)
        return [text.get_text() for text in axes.get_legend().get_texts()]


def test_a_legend_takes_the_room_that_there_is_and_says_what_it_leaves_out() -> None:
    assert legend(330) == ["training", "validation", "prediction"]
    assert legend(292) == ["training", "and 2 more"]
    assert legend(292, room=40) == ["training", "validation", "prediction"]


_DRAW = """
import sys
import numpy as np
from nnrun.plots.confusion import draw_confusion
from nnrun.plots.curves import draw_history
from nnrun.plots.prediction import draw_prediction_1d
from nnrun.plots.residuals import draw_residuals
from nnrun.plots.surface import draw_surface
from nnrun.plots.trajectories import draw_trajectories

x = np.linspace(0, 1, 5)
points = np.stack([x, x], axis=1)
draw_confusion(np.eye(2, dtype=int), ["a", "b"], "")
draw_history({"loss": [1.0, 0.5]}, "")
draw_prediction_1d(x, x, x, x, x, x, ("x", "y"), "")
draw_residuals(x, x, "y", "")
draw_surface(points, x, points, x, x, x, np.outer(x, x), ("x0", "x1"), "")
draw_trajectories({"hidden/kernel": np.ones((3, 2))}, "")
print("matplotlib.pyplot" in sys.modules)
"""


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_neither_entering_the_room_nor_counting_confusions_loads_matplotlib() -> None:
    code = "import sys, nnrun.plots; from nnrun.plots.confusion import confusion_matrix as count; count([0], [0], 1)"
    assert run(f"{code}; print('matplotlib' in sys.modules)") == "False"


def test_no_picture_loads_pyplot() -> None:
    assert run(_DRAW) == "False"


def test_the_users_settings_of_matplotlib_neither_count_nor_change() -> None:
    expected = draw_history({"loss": [1.0, 0.5]}, "")
    with matplotlib.rc_context({"lines.linewidth": 9.0, "axes.facecolor": "black", "figure.autolayout": True}):
        before = dict(matplotlib.rcParams)
        assert draw_history({"loss": [1.0, 0.5]}, "") == expected
        assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda theme: theme.name)
def test_a_look_has_its_own_page(theme: Theme, pixels: Callable[[bytes], Array]) -> None:
    corner = pixels(draw_history({"loss": [1.0, 0.5]}, "", theme=theme))[0, 0]
    assert "#" + "".join(f"{part:02x}" for part in corner) == theme.paper


@pytest.mark.parametrize(("form", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_every_format_is_itself_and_the_same_each_time(form: Form, start: bytes) -> None:
    one, other = (draw_history({"loss": [1.0, 0.5]}, "<&>", theme=LIGHT, form=form) for _ in range(2))
    assert one.startswith(start)
    assert one == other


def test_svg_is_well_formed_and_its_text_is_text(odd_text: str) -> None:
    root = ElementTree.fromstring(draw_history({"loss": [1.0, 0.5]}, f"<&> {odd_text}", form="svg"))
    assert any("<&>" in "".join(element.itertext()) for element in root.iter())


def test_no_text_is_cut_by_the_edge(pixels: Callable[[bytes], Array], odd_text: str) -> None:
    metrics = {f"metric {number} {odd_text}": [0.5, number] for number in range(20)}
    page = pixels(draw_history(metrics, odd_text))
    edges = np.concatenate([page[:, :3].ravel(), page[:, -3:].ravel(), page[:3].ravel(), page[-3:].ravel()])
    assert (edges == 255).all()


_HISTORY = """
import sys
from nnrun.plots.curves import draw_history
sys.stdout.buffer.write(draw_history({"loss": [1.0, 0.5, 0.25]}, ""))
"""


def test_a_matplotlibrc_in_the_present_folder_changes_no_picture(tmp_path) -> None:
    (tmp_path / "matplotlibrc").write_text(
        "lines.linewidth: 9\nfont.size: 30\naxes.facecolor: red\nfont.family: serif\ntext.color: blue\n"
        'axes.prop_cycle: cycler("color", ["k"])\nfigure.dpi: 30\nsavefig.dpi: 50\nbackend: svg\n'
    )
    (tmp_path / "empty").mkdir()
    drawn = [
        subprocess.run([sys.executable, "-c", _HISTORY], cwd=folder, capture_output=True, check=True).stdout
        for folder in (tmp_path, tmp_path / "empty")
    ]
    assert drawn[0] == drawn[1]
    assert drawn[0].startswith(b"\x89PNG")
