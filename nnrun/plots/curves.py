"""The history of a training: loss and metrics of the training set and the validation set by epoch."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from nnrun.number_text import short
from nnrun.plots import figure, style
from nnrun.plots.log_rule import may_span_decades
from nnrun.plots.scale import is_steady
from nnrun.plots.scaled_axis import axis_name, scale_lines
from nnrun.plots.style import LIGHT, Array, Theme

_VALIDATION = "val_"
_LEARNING_RATE = "learning_rate"
_NEVER_DRAWN = frozenset({"epoch", "seconds"})
_RATE_HEIGHT = 0.4  # of a panel of losses

Series = dict[str, Array]


@figure.picture
def draw_history(history: Mapping[str, Sequence[float]], title: str, *, theme: Theme = LIGHT) -> Figure:
    """The losses above, the metrics below, and a learning rate that changes below that.

    The loss stands on a logarithmic scale where its greatest value is over 50 times its least. A dot marks the epoch of
    the lowest validation loss, a dotted line the same epoch in every panel. Where a value is not finite, a dashed line
    marks the first such epoch.

    Args:
        history: series by name, one value per epoch: `loss`, `val_loss`, `accuracy`, …, `learning_rate`; `seconds` and
            `epoch` are left out.
        title: the title of the picture.
        theme: the colours.
    """
    series = {name: figure.drawable(values) for name, values in history.items() if name not in _NEVER_DRAWN}
    rate = series.pop(_LEARNING_RATE, np.zeros(0))
    losses = {name: values for name, values in series.items() if name.endswith("loss")}
    metrics = {name: values for name, values in series.items() if name not in losses}
    groups = [group for group in (losses, metrics, {_LEARNING_RATE: rate} if len(np.unique(rate)) > 1 else {}) if group]
    page = figure.titled(title)
    rows = max(len(groups), 1)
    heights = [_RATE_HEIGHT if _LEARNING_RATE in group else 1.0 for group in groups] or [1.0]
    grid = {"hspace": 0.12 * rows, "height_ratios": heights}
    panels = page.subplots(rows, sharex=True, squeeze=False, gridspec_kw=grid)[:, 0]
    last = max(map(len, series.values()), default=0)
    panels[0].set_xlim((1, last) if last > 1 else (0, 2))
    figure.round_ticks(panels[0].xaxis, 8, whole=True)
    for axes, group in zip(panels, groups, strict=False):
        _draw_group(axes, group, "epoch" if axes is panels[-1] else "", theme)
        if best := _best_epoch(losses):
            axes.axvline(best, color=theme.faint_ink, linewidth=0.8, linestyle="dotted", zorder=1)
    return page


def _draw_group(axes: Axes, group: Series, x_name: str, theme: Theme) -> None:
    measured = list(dict.fromkeys(name.removeprefix(_VALIDATION) for name in group))
    losses = all(name.endswith("loss") for name in group)
    name = measured[0].replace("_", " ") if len(measured) == 1 else "losses" if losses else "metrics"
    values = np.concatenate([*group.values()])
    logarithmic = scale_lines(axes, values, decades=all(map(may_span_decades, group)))
    name = axis_name(name, logarithmic=logarithmic)
    low = _LEARNING_RATE in group  # too low for a name beside it
    figure.name_axes(axes, x_name, "" if low else name)
    if low:
        axes.set_title(name)
    _draw_series(axes, group, measured, theme)
    if best := _best_epoch(group):
        value = group["val_loss"][best - 1]
        label = f"best: {short(value)} in epoch {best}"
        axes.scatter(best, value, 49, theme.validation, label=label, zorder=3, clip_on=False)
    _mark_first_not_finite(axes, group, theme)
    if _LEARNING_RATE in group:
        axes.yaxis.set_major_locator(LogLocator(numticks=3) if logarithmic else MaxNLocator(2))
    else:
        figure.legend_above(axes)


def _draw_series(axes: Axes, group: Series, measured: list[str], theme: Theme) -> None:
    """Two colours for the two sides of one metric; for several metrics a colour each, dashed for the validation."""
    several = len(measured) > 1
    if several and any(name.startswith(_VALIDATION) for name in group):
        axes.plot([], [], color=theme.faint_ink, label="training")
        axes.plot([], [], color=theme.faint_ink, linestyle="dashed", label="validation")
    for name, values in group.items():
        validation = name.startswith(_VALIDATION)
        plain = name.removeprefix(_VALIDATION)
        color = theme.validation if validation else theme.training
        label = "validation" if validation else "training"
        if several:
            color = theme.color_of(measured.index(plain))
            label = "" if validation else style.one_line(plain.replace("_", " "), 30)
        line = ("dashed" if several else theme.validation_line) if validation else "solid"
        figure.draw_line(axes, np.arange(1, len(values) + 1), values, color=color, linestyle=line, label=label)


def _best_epoch(group: Series) -> int | None:
    """The epoch, from 1, of the lowest validation loss; None without one, or where the loss never changes."""
    values = group.get("val_loss", np.zeros(0))
    finite = values[np.isfinite(values)]
    constant = len(values) > 1 and finite.size > 0 and is_steady(finite)
    return int(np.nanargmin(values)) + 1 if finite.size and not constant else None


def _mark_first_not_finite(axes: Axes, group: Series, theme: Theme) -> None:
    firsts = [int(np.isnan(values).argmax()) + 1 for values in group.values() if np.isnan(values).any()]
    if firsts:
        label = f"not finite from epoch {min(firsts)} on"
        axes.axvline(min(firsts), color=theme.warning, linewidth=1.0, linestyle="dashed", label=label)
