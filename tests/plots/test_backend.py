"""What drawing brings into the process, and what it leaves there."""

from __future__ import annotations

import subprocess
import sys

_DRAW = """
import sys
import numpy as np
from nnrun.plots.confusion import draw_confusion
from nnrun.plots.curves import draw_history
from nnrun.plots.prediction import draw_prediction_1d, draw_true_against_predicted
from nnrun.plots.surface import draw_surface
from nnrun.plots.trajectories import draw_trajectories

x = np.linspace(0, 1, 5)
points = np.stack([x, x], axis=1)
draw_confusion(np.eye(2, dtype=int), ["a", "b"], "")
draw_history({"loss": [1.0, 0.5]}, "")
draw_prediction_1d(x, x, x, x, x, x, ("x", "y"), "")
draw_true_against_predicted(x, x, x, x, "")
draw_surface(points, x, points, x, x, x, np.outer(x, x), ("x0", "x1"), "")
draw_trajectories({"hidden/kernel": np.ones((3, 2))}, "")
print("matplotlib.pyplot" in sys.modules)
"""

_SUBCLASS = """
import inspect
import nnrun.plots.backend
from matplotlib.lines import Line2D

class Thick(Line2D):
    def set_thickness(self, thickness):
        "Set the thickness."

Line2D([0], [1]).set(color="red", linewidth=2)
print("thickness" in inspect.signature(Thick.set).parameters, "thickness" in Thick.set.__doc__)
"""


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_entering_the_room_does_not_load_matplotlib() -> None:
    assert run("import sys, nnrun.plots; print('matplotlib' in sys.modules)") == "False"


def test_counting_confusions_does_not_load_matplotlib() -> None:
    assert run("import sys, nnrun.plots.confusion; print('matplotlib' in sys.modules)") == "False"


def test_no_picture_loads_pyplot() -> None:
    assert run(_DRAW) == "False"


def test_artists_defined_later_are_documented_by_matplotlib_as_ever() -> None:
    assert run(_SUBCLASS) == "True True"
