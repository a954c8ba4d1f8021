"""A page of 800 pixels' width in the style of all pictures, what is drawn on it, and its way to the bytes of a PNG."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from nnrun.plots import style
from nnrun.plots.style import Array
from nnrun.plots.thinning import thin_line, thin_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

_MARGIN = 24  # pixels
_SWATCH = 48  # pixels of a legend's entry beside its words
_HUGE = 1e150  # Beyond it, a difference of two numbers may overflow.


@contextmanager
def house_style() -> Iterator[None]:
    """Draws in the style of all pictures, whatever the user's own settings of matplotlib; also a decorator."""
    import matplotlib.style

    with matplotlib.style.context(style.LOOK, after_reset=True), warnings.catch_warnings():
        # A letter that the font lacks is drawn as an empty box.
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
        yield


def titled(title: str) -> Figure:
    """An empty page of 800 × 500 pixels with a title at its upper left."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    page = Figure()
    FigureCanvasAgg(page)
    width = page.bbox.width
    fit(page.suptitle(title, x=_MARGIN / width, y=0.97, ha="left", va="top"), width - 2 * _MARGIN)
    return page


def png(page: Figure) -> bytes:
    """The page as the bytes of a PNG file."""
    buffer = io.BytesIO()
    page.savefig(buffer, format="png", pil_kwargs={"compress_level": 1})
    return buffer.getvalue()


def fit(text: Text, room: float) -> None:
    """Makes one line of a text and leaves away its end where it is longer than `room` pixels."""
    words = style.one_line(text.get_text())
    text.set_text(words)
    while len(words) > 1 and (length := max(text.get_window_extent().size)) > room:
        words = words[: min(int(len(words) * room / length), len(words) - 1)]
        text.set_text(f"{words[:-1]}…")


def name_axes(axes: Axes, x: str, y: str) -> None:
    """Writes what the axes show beside them, cut where it does not fit."""
    fit(axes.set_xlabel(x), axes.bbox.width)
    fit(axes.set_ylabel(y), axes.bbox.height)
    axes.xaxis.set_label_coords(0.5, -28 / axes.bbox.height)
    axes.yaxis.set_label_coords(-60 / axes.bbox.width, 0.5)


def legend_above(axes: Axes) -> None:
    """One row above the axes at the right with all that has a label, as far as there is room."""
    handles, labels = axes.get_legend_handles_labels()
    place = {"loc": "lower right", "bbox_to_anchor": (1, 1)}
    legend = axes.legend(handles, labels, ncols=max(len(labels), 1), **place)
    ends = np.cumsum([_SWATCH + text.get_window_extent().width for text in legend.get_texts()])  # (labels,)
    if (ends > axes.bbox.width).any():
        kept = max(int(np.searchsorted(ends, axes.bbox.width - 2 * _SWATCH)), 1)
        handles[kept:] = axes.plot([], [], linestyle="none")
        labels[kept:] = [f"and {len(labels) - kept} more"]
        axes.legend(handles, labels, ncols=kept + 1, **place)


def drawable(values: Any) -> Array:
    """The values as float64, not a number where not finite, and no greater than can be drawn; same shape."""
    numbers = np.asarray(values, dtype=float)
    return np.where(np.isfinite(numbers), np.clip(numbers, -_HUGE, _HUGE), np.nan)


def draw_line(axes: Axes, x: Array, y: Array, **look: Any) -> None:
    """Draws a line through points of shape (points,) each, thinned where they are many; a lone point is a dot."""
    x, y = thin_line(x, y)
    axes.plot(x, y, marker="o" if len(x) == 1 else None, **look)


def draw_points(axes: Axes, x: Array, y: Array, colors: Array, **look: Any) -> None:
    """Draws marks at points of shape (points,), as their colours; thinned, and smaller, where they are many."""
    rows = thin_rows(len(x))
    size = 49 if len(x) <= 50 else 25 if len(x) <= 500 else 16  # square points
    axes.scatter(x[rows], y[rows], size, colors[rows], **look)
