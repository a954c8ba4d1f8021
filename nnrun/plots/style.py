"""The style of every picture: colours, fonts and lines, and how text from users is prepared for drawing."""

import colorsys
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Color = str

# Masataka Okabe and Kei Ito, "Color Universal Design", 2008: distinguishable with every common kind of colour vision.
BLUE = "#0072b2"
VERMILLION = "#d55e00"
_OKABE_ITO = (BLUE, VERMILLION, "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", "#000000")
# The same hues, light enough for a dark page.
_LIGHTER = ("#56b4e9", "#f28e4b", "#2bbf92", "#d98cb3", "#e6b800", "#8aa8ff", "#f0e442", "#f5f5f5")
_GREYS = ("#000000", "#8c8c8c", "#4d4d4d", "#b3b3b3", "#262626", "#a6a6a6", "#666666", "#c7c7c7")

# matplotlib's cividis in even steps, for pages that are written without it.
VALUE_SHADES = (
    "#00224e", "#002e6a", "#1a386f", "#32436d", "#434e6c", "#535a6d", "#61656f", "#6f7073", "#7d7c78",
    "#8c8878", "#9b9476", "#aba072", "#bcae6c", "#cdbb63", "#dec958", "#f0d846", "#fee838",
)  # fmt: skip


@dataclass(frozen=True)
class Theme:
    """The colours of a picture.

    Args:
        name: its name on the command line.
        ink: of text.
        faint_ink: of text and lines that matter less.
        grid: of the lines behind the data.
        frame: of the axes' lines.
        paper: of the page.
        prediction: of the network's predictions.
        warning: of errors.
        empty: of a cell that counts nothing.
        series: of lines, points and classes, in this order.
        values: matplotlib's name of the colours of values.
        validation_line: how lines of the validation set are drawn.
    """

    name: str
    ink: Color
    faint_ink: Color
    grid: Color
    frame: Color
    paper: Color
    prediction: Color
    warning: Color
    empty: Color
    series: tuple[Color, ...]
    values: str = "cividis"  # looks the same to those who cannot tell red from green
    validation_line: str = "solid"

    @property
    def training(self) -> Color:
        """Of the training set."""
        return self.series[0]

    @property
    def validation(self) -> Color:
        """Of the validation set."""
        return self.series[1]

    def color_of(self, index: int) -> Color:
        """The colour of the series or class of this number: the eight of the theme, then ever new hues."""
        if index < len(self.series):
            return self.series[index]
        hue = index * 0.618034 % 1.0  # Steps of the golden ratio never come back to the same hue.
        return "#" + bytes(round(255 * part) for part in colorsys.hsv_to_rgb(hue, 0.65, 0.8)).hex()

    def settings(self) -> dict[str, Any]:
        """Settings of matplotlib for the colours; `nnrun.mplstyle` holds the others."""
        return {
            "text.color": self.ink,
            "figure.facecolor": self.paper,
            "savefig.facecolor": self.paper,
            "axes.facecolor": self.paper,
            "axes.labelcolor": self.ink,
            "axes.edgecolor": self.frame,
            "grid.color": self.grid,
            "xtick.color": self.faint_ink,
            "ytick.color": self.faint_ink,
        }


LIGHT = Theme(
    name="light",
    ink="#222222",
    faint_ink="#5f5f5f",
    grid="#e4e4e4",
    frame="#8a8a8a",
    paper="#ffffff",
    prediction="#000000",
    warning="#b00020",
    empty="#f4f6f8",
    series=_OKABE_ITO,
)
DARK = Theme(
    name="dark",
    ink="#e8e8e8",
    faint_ink="#a8acb2",
    grid="#30343b",
    frame="#6b7079",
    paper="#16181d",
    prediction="#ffffff",
    warning="#ff6b7f",
    empty="#22262d",
    series=_LIGHTER,
)
PAPER = Theme(
    name="paper",
    ink="#000000",
    faint_ink="#333333",
    grid="#eeeeee",
    frame="#000000",
    paper="#ffffff",
    prediction="#000000",
    warning="#000000",
    empty="#f7f7f7",
    series=_GREYS,
    values="Greys",
    validation_line="dashed",
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK, PAPER)}


def blend(one: Color, other: Color, share: float) -> Color:
    """A colour between two: a share in [0, 1] of the other."""
    parts = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + bytes(round(a + (b - a) * share) for a, b in parts).hex()


def label_of(name: str, kind: str, limit: int = 24) -> str:
    """The label of a class or an output in a legend: its name, after its kind where the name is a number."""
    return one_line(f"{kind} {name}" if name.isdecimal() else name, limit)


def one_line(text: str, limit: int = 120) -> str:
    """`text` in one line of at most `limit` characters, without control characters or others that draw nothing."""
    visible = "".join(character for character in " ".join(text.split()) if unicodedata.category(character)[0] != "C")
    return visible if len(visible) <= limit else visible[: limit - 1] + "…"
