"""A forecast against the series that it predicts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nnrun.number_text import short
from nnrun.plots import figure, style
from nnrun.plots.style import LIGHT, Array, Theme

_ABOVE_LEGEND = 22  # points
_DAYS = 3  # from which on the hours of dates are not shown


@dataclass(frozen=True, eq=False)
class _Panel:
    """The forecast of a target of a series; the fields are those of `draw_forecast`, of this panel alone."""

    name: str
    before: Array
    before_values: Array
    places: Array
    true: Array
    predicted: Array
    last: Array


@figure.picture
def draw_forecast(
    names: Sequence[str],
    counts: Sequence[int],
    places: Array,
    true: Array,
    predicted: Array,
    last: Array,
    before_counts: Sequence[int],
    before: Array,
    before_values: Array,
    x: str,
    title: str,
    part: str = "test",
    aheads: Sequence[int] = (1,),
    shifts: Sequence[int] = (0,),
    *,
    dates: bool = False,
    theme: Theme = LIGHT,
) -> Figure:
    """The true values and the predictions over the order of the rows, after the end of the rows before them in grey.

    A panel is a target of a series; the rows of all panels stand one after the other. The title of a panel has the RMSE
    and, where the last values are known, the mean squared error as a multiple of that of a last-value baseline, which
    predicts the last value of the window; of several steps the RMSE of each.

    Args:
        names: of the panels.
        counts: how many samples each panel has.
        places: of the first row that each sample predicts: its number or date, shape (samples,).
        true: the true values of the steps that are drawn, shape (samples, steps).
        predicted: the predictions, shape (samples, steps).
        last: the last value of each window, not a number where it is unknown, shape (samples,).
        before_counts: how many rows before the predicted ones each panel has; may be 0.
        before: the places of these, ascending in each panel, shape (rows,).
        before_values: their true values, shape (rows,).
        x: what the places are.
        title: the title of the picture.
        part: the name of the data set that is predicted.
        aheads: how many rows after the end of its window the predicted row of each step is.
        shifts: how many samples later the predicted row of each step is than that of the first.
        dates: whether places are seconds since 1970.
        theme: the colours.
    """
    rows, rows_before = (_ends(each) for each in (counts, before_counts))
    columns = [np.split(each, rows_before) for each in (before, before_values)]
    columns += [np.split(each, rows) for each in (places, true, predicted, last)]
    panels = [_Panel(*each) for each in zip(names, *columns, strict=True)]
    page = figure.titled(title)
    several = len(aheads) > 1
    page.subplots_adjust(hspace=0.35, left=0.12, **({"top": 0.84} if several else {}))
    axes_of = page.subplots(len(panels), 1, squeeze=False, sharex=True).ravel()
    for i, (axes, panel) in enumerate(zip(axes_of, panels, strict=True)):
        _draw_lines(axes, panel, part, aheads, shifts, dates, theme)
        axes.margins(x=0.01)
        ahead = "" if several else f", {_rows(aheads[0])} ahead"
        figure.name_axes(axes, x if i == len(panels) - 1 else "", f"{style.one_line(panel.name, 24)}{ahead}")
        figure.round_ticks(axes.yaxis, 4 if len(panels) > 2 else 6)
        _mark_places(axes, dates)
        axes.set_title(_quality(panel, aheads), loc="left", **({"pad": _ABOVE_LEGEND} if several and i == 0 else {}))
    figure.legend_above(axes_of[0])
    return page


def _ends(counts: Sequence[int]) -> Array:
    return np.cumsum(counts)[:-1].astype(int)


def _rows(count: int) -> str:
    return f"{count} row{'s' * (count != 1)}"


def _draw_lines(
    axes: Axes, panel: _Panel, part: str, aheads: Sequence[int], shifts: Sequence[int], dates: bool, theme: Theme
) -> None:
    """The lines of a panel; later steps are paler, each drawn at the rows that it predicts."""
    _draw_line(axes, panel.before, panel.before_values, dates, color=theme.faint_ink, label="before", alpha=0.6)
    _draw_line(axes, panel.places, panel.true[:, 0], dates, color=theme.training, label=part)
    for step, (shift, ahead) in enumerate(zip(shifts, aheads, strict=True)):
        label = "predicted" * (step == 0) + f" {_rows(ahead)} ahead" * (len(aheads) > 1)
        values = panel.predicted[: max(0, len(panel.places) - shift), step]
        look = {"linewidth": 1.2 if step == 0 else 1.0, "alpha": 1 - 0.3 * step}
        _draw_line(axes, panel.places[shift:], values, dates, color=theme.prediction, label=label.strip(), **look)


def _draw_line(axes: Axes, x: Array, y: Array, dates: bool, **options: object) -> None:
    if not len(x):
        return
    shown = figure.drawable(y)
    if dates:
        axes.plot(np.asarray(x).astype("datetime64[s]"), shown, **options)  # type: ignore[arg-type]
    else:
        figure.draw_line(axes, figure.drawable(x), shown, **options)


def _mark_places(axes: Axes, dates: bool) -> None:
    if not dates:
        figure.round_ticks(axes.xaxis)
        return
    from matplotlib.dates import DateFormatter

    first, last = axes.get_xlim()  # days since 1970
    days = last - first >= _DAYS
    figure.round_ticks(axes.xaxis, 5, whole=days)
    axes.xaxis.set_major_formatter(DateFormatter("%Y-%m-%d" if days else "%m-%d %H:%M"))


def _quality(panel: _Panel, aheads: Sequence[int]) -> str:
    """The RMSE of each step; of a single one also how many times the error of the last-value baseline it has."""
    errors = [_squared(panel.predicted[:, step], panel.true[:, step]) for step in range(len(aheads))]
    if len(aheads) > 1:
        pairs = zip(aheads, errors, strict=True)
        return "RMSE " + ", ".join(f"{short(np.sqrt(error))} ({_rows(ahead)} ahead)" for ahead, error in pairs)
    words = f"RMSE {short(np.sqrt(errors[0]))}"
    baseline = _squared(panel.last, panel.true[:, 0])
    if not baseline > 0:
        return words
    return f"{words}, {short(errors[0] / baseline, 3)} × the MSE of a last-value baseline"


def _squared(predicted: Array, true: Array) -> float:
    return float(np.mean(np.square(predicted.astype(np.float64) - true.astype(np.float64))))
