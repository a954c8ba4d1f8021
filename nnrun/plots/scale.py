"""Numbers of one kind on a line from 0 to 1: plainly, or by decades where they are of very different sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from nnrun.plots import style
from nnrun.plots.figure import fit
from nnrun.plots.style import Array, Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

# So few colours that the bar that explains them is drawn as lines and no picture within the picture.
SHADES = 48
_BAR_ROOM = 112  # pixels
_NEAR = 0.25
_DECADES = 50  # the largest over the least, from which on decades tell more
# The least trials whose middle half is drawn as a box.
LEAST_FOR_A_BOX = 5


@dataclass(frozen=True)
class Scale:
    """A line from 0 to 1.

    Args:
        low: the number at 0.
        high: the number at 1, not below `low`.
        logarithmic: whether equal factors are equally long; then `low` is positive.
    """

    low: float
    high: float
    logarithmic: bool

    def share(self, values: Array) -> Array:
        """Where numbers lie, in [0, 1]; of their shape, not a number where they are not finite."""
        known = np.where(np.isfinite(values), np.clip(values, self.low, self.high), np.nan)
        low, high = self.low, self.high
        if self.logarithmic:
            known, low, high = np.log10(known), np.log10(low), np.log10(high)
        return np.asarray((known - low) / (high - low) if high > low else np.where(np.isnan(known), np.nan, 0.5))

    def ticks(self, most: int) -> Array:
        """Round numbers on the line, about so many."""
        from matplotlib.ticker import LogLocator, MaxNLocator

        if self.low == self.high:
            return np.array([self.low])
        if self.logarithmic:
            found = np.asarray(
                LogLocator(subs=_factors(self.low, self.high), numticks=most).tick_values(self.low, self.high)
            )
        else:
            found = np.asarray(MaxNLocator(most, steps=style.TICK_STEPS).tick_values(self.low, self.high))
        return np.asarray(found[(found >= self.low) & (found <= self.high)])


def scale_of(values: Array, *, chosen: bool = False) -> Scale:
    """The scale of some numbers.

    Args:
        values: the numbers; those that are not finite play no part.
        chosen: whether somebody chose them, as settings are, rather than measured them.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return Scale(0.0, 1.0, logarithmic=False)
    decades = chosen_by_decades(finite) if chosen else asks_for_decades(finite)
    return Scale(float(finite.min()), float(finite.max()), decades)


def asks_for_decades(values: Array) -> bool:
    """Whether numbers are positive, and the largest is over 50 times the least."""
    return bool(values.size) and bool(values.min() > 0) and bool(values.max() > _DECADES * values.min())


def chosen_by_decades(values: Array) -> bool:
    """Whether numbers ask for decades, and most lie near the least: those drawn evenly do so by chance alone."""
    return asks_for_decades(values) and bool(np.median(values) - values.min() < _NEAR * np.ptp(values))


def by_decades(axes: Axes, side: Literal["x", "y"], values: Array) -> None:
    """Makes an axis logarithmic.

    Args:
        axes: where it belongs.
        side: which axis.
        values: what it shows, all positive.
    """
    from matplotlib.ticker import LogLocator

    axis = axes.xaxis if side == "x" else axes.yaxis
    axes.set(**{f"{side}scale": "log"})
    axis.set_major_locator(LogLocator(subs=_factors(values.min(), values.max()), numticks=6))
    axis.set_major_formatter("{x:g}")
    axes.minorticks_off()


def rated(look: Theme, *, largest: bool = False) -> Colormap:
    """Colours of lines and dots by their numbers, all of them seen on a light page and on a dark one.

    Args:
        look: whose colours.
        largest: whether the largest number is the best, or the least.
    """
    from matplotlib.colors import LinearSegmentedColormap

    # The ends are no colours of the look themselves, which a page may turn into those of another.
    ends = [style.blend(look.training, look.validation, share) for share in (0.02, 0.98)]
    return LinearSegmentedColormap.from_list("rated", ends[::-1] if largest else ends, SHADES)


def color_bar(axes: Axes, scale: Scale, colors: Colormap, name: str) -> None:
    """Explains colours beside the axes, which become narrower.

    Args:
        axes: what has the colours.
        scale: which share of the colours a number has.
        colors: the colours.
        name: what the numbers are.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm, Normalize

    norm = (LogNorm if scale.logarithmic else Normalize)(scale.low, scale.high)
    label = f"{name} (log scale)" if scale.logarithmic else name
    page = axes.figure
    right = 1 - _BAR_ROOM / page.bbox.width
    page.subplots_adjust(right=right)
    place = axes.get_position()
    beside = page.add_axes((right + 12 / page.bbox.width, place.y0, 18 / page.bbox.width, place.height))
    beside.grid(False)
    bar = page.colorbar(ScalarMappable(norm, colors), cax=beside)
    if bar.solids is not None:
        bar.solids.set_edgecolor("face")  # or the page shines through between the colours
    bar.outline.set_visible(False)
    bar.minorticks_off()
    ticks = scale.ticks(6).tolist()
    bar.set_ticks(ticks, labels=[f"{tick:g}" for tick in ticks])
    fit(bar.ax.set_ylabel(label), axes.bbox.height)


def _factors(low: float, high: float) -> tuple[int, ...]:
    """What the marks within a decade are: two of them where the decades are few."""
    return (1, 3) if high < 1000 * low else (1,)


def quantiles(values: Array, shares: tuple[float, ...]) -> Array:
    """Quantiles over the first axis, between two numbers by linear interpolation; infinite beside an infinite one.

    Args:
        values: (numbers, …), none of them NaN, at least one.
        shares: each in [0, 1].

    Returns:
        (shares, …).
    """
    ordered = np.sort(values, axis=0)
    places = np.asarray(shares) * (len(ordered) - 1)
    below = np.floor(places).astype(int)
    weights = (places - below).reshape(-1, *[1] * (ordered.ndim - 1))  # (shares, 1, …)
    lower, upper = ordered[below], ordered[np.minimum(below + 1, len(ordered) - 1)]  # (shares, …) each
    with np.errstate(invalid="ignore"):
        between = lower + weights * (upper - lower)
    return np.asarray(np.where((weights == 0) | (lower == upper), lower, between))
