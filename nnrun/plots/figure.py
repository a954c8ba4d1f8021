"""A page 800 pixels wide in the style of all pictures, what is drawn on it, and how it becomes the bytes of a file."""

from __future__ import annotations

import functools
import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from nnrun.plots import style
from nnrun.plots.style import LIGHT, Array, Theme
from nnrun.plots.thinning import thin_line, thin_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.text import Text

_MARGIN = 24  # pixels
_SWATCH, _APART = 30, 18  # pixels of a legend's entry beside its words, and between two entries
_SAVING: dict[str, dict[str, Any]] = {
    "png": {"pil_kwargs": {"compress_level": 1}},
    "svg": {"metadata": {"Date": None}},
    "pdf": {"metadata": {"CreationDate": None}},
}
_TICK_STEPS = (1, 2, 5, 10)
_HUGE = 1e150  # Beyond it, a difference of two numbers may overflow.


Form = Literal["png", "svg", "pdf"]


def picture(draw: Callable[..., Figure | bytes]) -> Callable[..., bytes]:
    """Makes a function that draws a page return the bytes of a file.

    It takes two more arguments by name: `theme`, its colours, and `form`, the format of the file. A PNG is 800 pixels
    wide. Bytes that the function has encoded itself are returned unchanged. The user's settings of matplotlib do not
    count.
    """

    @functools.wraps(draw)
    def drawn(*args: Any, theme: Theme = LIGHT, form: Form = "png", **kwargs: Any) -> bytes:
        with matplotlib_style(theme):
            page = draw(*args, theme=theme, **kwargs)
            return page if isinstance(page, bytes) else finish(page, form)

    return drawn


@contextmanager
def matplotlib_style(theme: Theme = LIGHT) -> Iterator[None]:
    """Makes matplotlib draw in a theme, whatever the user's settings are."""
    import matplotlib.style

    styles = [Path(__file__).with_name("nnrun.mplstyle"), theme.settings()]
    with matplotlib.style.context(styles, after_reset=True), warnings.catch_warnings():
        # A letter that the font lacks is drawn as an empty box.
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
        yield


def titled(title: str, width: float = 8.0, height: float = 5.0) -> Figure:
    """An empty page with a title at its upper left.

    Args:
        title: the title.
        width: of the page, in hundreds of pixels.
        height: of the page, in hundreds of pixels.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    page = Figure(figsize=(width, height))
    FigureCanvasAgg(page)
    place = {"x": _MARGIN / page.bbox.width, "y": 1 - 15 / page.bbox.height, "ha": "left", "va": "top"}
    fit(page.suptitle(title, **place), page.bbox.width - 2 * _MARGIN)
    return page


def finish(page: Figure, form: Form = "png") -> bytes:
    """The page as the bytes of a file of the requested format; the same page gives the same bytes."""
    buffer = io.BytesIO()
    page.savefig(buffer, format=form, **_SAVING[form])
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


def round_ticks(axis: Axis, most: int = 6, *, whole: bool = False) -> None:
    """Puts at most so many marks on an axis, at round numbers, or at whole ones alone."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(most, steps=_TICK_STEPS, integer=whole))


def legend_above(axes: Axes, room: float = 0.0) -> None:
    """One row above the axes at the right with all that has a label, as far as there is room.

    Args:
        axes: above which it stands.
        room: how far it may stand out at the left, pixels.
    """
    handles, labels = axes.get_legend_handles_labels()
    place = {"loc": "lower right", "bbox_to_anchor": (1, 1)}
    legend = axes.legend(handles, labels, ncols=max(len(labels), 1), **place)
    ends = np.cumsum([_SWATCH + _APART + text.get_window_extent().width for text in legend.get_texts()])  # (labels,)
    width = axes.bbox.width + room
    if (ends - _APART > width).any():
        kept = max(int(np.searchsorted(ends, width - 2 * (_SWATCH + _APART))), 1)
        handles[kept:] = axes.plot([], [], linestyle="none")
        labels[kept:] = [f"and {len(labels) - kept} more"]
        axes.legend(handles, labels, ncols=kept + 1, **place)


def drawable(values: Any) -> Array:
    """The values as float64, not a number where not finite, and no greater than can be drawn; same shape."""
    numbers = np.asarray(values, dtype=float)
    return np.where(np.isfinite(numbers), np.clip(numbers, -_HUGE, _HUGE), np.nan)


def draw_line(axes: Axes, x: Array, y: Array, **options: Any) -> None:
    """Draws a line through points of shape (points,) each, thinned where they are many; a lone point is a dot."""
    x, y = thin_line(x, y)
    axes.plot(x, y, marker="o" if len(x) == 1 else None, **options)


def draw_points(axes: Axes, x: Array, y: Array, colors: Array, **options: Any) -> None:
    """Draws marks at points of shape (points,), as their colours; thinned, and smaller, where they are many."""
    rows = thin_rows(len(x))
    size = 49 if len(x) <= 50 else 25 if len(x) <= 500 else 16  # square points
    axes.scatter(x[rows], y[rows], size, colors[rows], **options)
