"""How every picture looks: colours, letters and lines, and how text from users is made fit to be drawn."""

from __future__ import annotations

import colorsys
import unicodedata
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Color = str

INK = "#222222"
FAINT_INK = "#5f5f5f"
GRID = "#e4e4e4"
FRAME = "#8a8a8a"
PAPER = "#ffffff"

BLUE = "#0072b2"
VERMILLION = "#d55e00"
GREEN = "#009e73"
PURPLE = "#cc79a7"
ORANGE = "#e69f00"
SKY = "#56b4e9"
YELLOW = "#f0e442"
BLACK = "#000000"

TRAINING = BLUE
VALIDATION = VERMILLION
PREDICTION = BLACK
WARNING = "#b00020"

# Masataka Okabe and Kei Ito, "Color Universal Design", 2008: told apart with every common kind of colour vision.
_OKABE_ITO = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, YELLOW, BLACK)


TICK_STEPS = (1, 2, 5, 10)

# Settings of matplotlib; those not named here have its own defaults.
LOOK: dict[str, Any] = {
    "font.size": 9,
    "text.color": INK,
    "text.parse_math": False,
    "figure.figsize": (8, 5),
    "figure.titlesize": 12,
    "figure.subplot.left": 0.1,
    "figure.subplot.right": 0.97,
    "figure.subplot.bottom": 0.11,
    "figure.subplot.top": 0.87,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.titley": 1.0,
    "axes.labelcolor": INK,
    "axes.edgecolor": FRAME,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.formatter.limits": (-4, 6),
    "grid.color": GRID,
    "xtick.bottom": False,
    "ytick.left": False,
    "xtick.color": FAINT_INK,
    "ytick.color": FAINT_INK,
    "image.aspect": "auto",
    "image.interpolation": "nearest",
    "lines.linewidth": 1.3,
    "legend.frameon": False,
    "legend.borderaxespad": 0.2,
    "legend.columnspacing": 1.4,
    "legend.handlelength": 1.6,
}


def color_of(index: int) -> Color:
    """The colour of the series or class of this number: the eight of Okabe and Ito, then ever new hues."""
    if index < len(_OKABE_ITO):
        return _OKABE_ITO[index]
    hue = index * 0.618034 % 1.0  # Steps of the golden ratio never come back to the same hue.
    red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.65, 0.8))
    return f"#{red:02x}{green:02x}{blue:02x}"


def one_line(text: str, limit: int = 120) -> str:
    """`text` in one line of at most `limit` characters, without control characters or others that draw nothing."""
    visible = "".join(character for character in " ".join(text.split()) if unicodedata.category(character)[0] != "C")
    return visible if len(visible) <= limit else visible[: limit - 1] + "…"
