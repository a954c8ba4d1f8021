"""The distribution of a measure over the trials of each configuration of a sweep, a row per configuration."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from nnrun.plots import figure, style
from nnrun.plots.scale import LEAST_FOR_A_BOX, MOST_DOTS, quantiles, roomy_scale
from nnrun.plots.scaled_axis import OFFSET, axis_name, make_logarithmic
from nnrun.plots.style import LIGHT, Array, Theme
from nnrun.plots.thinning import thin_rows

_ROW = (22.0, 56.0)  # the least and the greatest height, pixels
_ROOM = 340.0  # for all rows where they can be higher than the least, pixels
_ABOVE, _BELOW = 70.0, 56.0  # pixels
_LONGEST_NAME = 40
_MOST_DOTS, _ALL_DOTS = 200, 2000  # of a row, of the picture
_BINS = 100  # over the width of the axes


@figure.picture
def draw_spread(
    values: Sequence[Array],
    counts: Sequence[int],
    failed: Sequence[int],
    pruned: Sequence[bool],
    names: Sequence[str],
    heading: str,
    measure: str,
    title: str,
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """A dot per trial, from `LEAST_FOR_A_BOX` on a box around the middle half of them and a line at the median.

    More than `MOST_DOTS` trials are a density in place of dots: a histogram on both sides of the row, and a thin line
    from the least number to the greatest.

    A trial without a finite number has no dot; the number of those that have one stands at the right of the row.
    Infinite numbers count as greater than all others, so a box may be open. The scale is logarithmic where the greatest
    number is over 50 times the least.

    Args:
        values: the numbers of each configuration, shape (trials,); infinite where a trial never reached its target,
            none NaN.
        counts: the number of trials of each configuration.
        failed: how many of them failed; the others without a finite number never reached their target.
        pruned: whether the trials of a configuration were pruned; their dots are hollow.
        names: of the configurations.
        heading: the settings in the names, such as `learning_rate, units`.
        measure: what the numbers are.
        title: the title of the picture.
        theme: the colours.
    """
    rows = len(values)
    height = float(np.clip(_ROOM / max(rows, 1), *_ROW)) * rows + _ABOVE + _BELOW
    page = figure.titled(title, height=height / 100)
    page.subplots_adjust(top=1 - _ABOVE / height, bottom=_BELOW / height)
    axes = page.subplots()
    axes.set(ylim=(rows - 0.5, -0.5))
    axes.set_yticks(range(rows), [style.one_line(name, _LONGEST_NAME) for name in names])
    axes.grid(False, axis="y")
    notes = [_note(*row, max(counts) > 1) for row in zip(values, counts, failed, pruned, strict=True)]
    _make_room(axes, notes, theme)
    finite = np.concatenate([np.zeros(0), *(numbers[np.isfinite(numbers)] for numbers in values)])
    scale = roomy_scale(finite)
    if scale.logarithmic:
        make_logarithmic(axes, "x", finite)
    axes.set_xlim(scale.low, scale.high)
    if not finite.size:
        axes.set_xticks([])
    for row, numbers in enumerate(values):
        _draw_row(axes, row, numbers, pruned[row], min(_MOST_DOTS, _ALL_DOTS // rows), theme)
    figure.name_axes(axes, axis_name(measure, logarithmic=scale.logarithmic), "")
    above = page.text(24 / page.bbox.width, 1 - 58 / height, heading, color=theme.faint_ink)
    figure.fit(above, page.bbox.width - 48)
    return page


def _note(numbers: Array, count: int, failed: int, pruned: bool, several: bool) -> tuple[str, bool]:
    """The number of trials of a row where some rows have several, and whether some trials have no dot."""
    never = count - int(np.isfinite(numbers).sum()) - failed
    parts = [f"{never:,} never"] * (never > 0) + [f"{failed:,} failed"] * (failed > 0)
    if parts:
        return f"{', '.join(parts)} of {count:,}", True
    return ", ".join([f"n = {count:,}"] * several + ["pruned"] * pruned), False


def _make_room(axes: Axes, notes: Sequence[tuple[str, bool]], theme: Theme) -> None:
    """Writes the note of each row at its right, and moves the sides of the axes to where the texts end."""
    page = axes.figure
    beside = {"va": "center", "xycoords": axes.get_yaxis_transform(), **OFFSET}
    colors = [theme.warning if lacking else theme.faint_ink for _, lacking in notes]
    texts = [axes.annotate(notes[row][0], (1, row), (8, 0), color=color, **beside) for row, color in enumerate(colors)]
    right = max((text.get_window_extent().width for text in texts), default=0) + 30
    left = max((text.get_window_extent().width for text in axes.get_yticklabels()), default=0) + 34
    page.subplots_adjust(left=left / page.bbox.width, right=1 - right / page.bbox.width)


def _draw_row(axes: Axes, row: int, numbers: Array, pruned: bool, most: int, theme: Theme) -> None:
    finite = np.sort(numbers[np.isfinite(numbers)])  # (finite,)
    if not finite.size:
        return
    if len(numbers) >= LEAST_FOR_A_BOX:
        low, middle, high = quantiles(numbers, (0.25, 0.5, 0.75)).tolist()
        end = high if np.isfinite(high) else axes.get_xlim()[1]
        if np.isfinite(low):
            box = Rectangle((low, row - 0.32), end - low, 0.64, facecolor=theme.training, alpha=0.22, linewidth=0)
            axes.add_patch(box)
            sides = [low, high] if np.isfinite(high) else [low]
            axes.vlines(sides, row - 0.32, row + 0.32, theme.training, alpha=0.5, linewidth=1)
        if np.isfinite(middle):
            axes.vlines(middle, row - 0.4, row + 0.4, theme.validation, linewidth=2.2, zorder=3)
    if len(finite) > MOST_DOTS:
        _draw_density(axes, row, finite, theme)
        return
    shown = finite[thin_rows(len(finite), most)]  # (shown,)
    # Steps of the golden ratio lay neighbours far from each other, and the same dots always in the same place.
    aside = (np.arange(len(shown)) * 0.618034 % 1.0 - 0.5) * (0.5 if len(shown) > 1 else 0.0)
    size = 36 if len(shown) <= 10 else 16
    dots = axes.scatter(shown, row + aside, size, theme.training, alpha=0.65, linewidths=0, zorder=2, clip_on=False)
    if pruned:
        dots.set(facecolor="none", edgecolor=theme.training, linewidth=1.4)


def _draw_density(axes: Axes, row: int, finite: Array, theme: Theme) -> None:
    """A histogram of ascending numbers on both sides of the row."""
    low, high = axes.get_xlim()
    spaced = np.geomspace if axes.get_xscale() == "log" else np.linspace
    edges = spaced(low, high, _BINS + 1)
    counts = np.histogram(finite, edges)[0]
    half = np.append(counts, 0) * 0.44 / max(counts.max(), 1)  # (edges,)
    axes.fill_between(edges, row - half, row + half, step="post", color=theme.training, alpha=0.45, linewidth=0)
    axes.hlines(row, finite[0], finite[-1], theme.training, linewidth=1)
