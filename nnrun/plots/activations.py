"""Layer activations: the outputs of the units of each layer, and how many units are dead."""

import math
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from nnrun.plots import figure, style
from nnrun.plots.style import LIGHT, Array, Theme

_MOST_PANELS = 6


@figure.picture
def draw_activations(
    layers: Sequence[Mapping[str, Any]], counts: Array, edges: Array, title: str, *, theme: Theme = LIGHT
) -> Figure:
    """A histogram per layer of the outputs of its units for training samples, with the number of dead units.

    A unit of a layer whose units can be dead, such as one with relu, is dead where it outputs 0 for every sample: no
    gradient reaches its weights. Of more than six layers the first five and the last are drawn.

    Args:
        layers: of each layer `name`, `units` and `dead`, the number of dead units; None where none can be.
        counts: the number of outputs between the edges, shape (layers, bars).
        edges: where the bars begin and end, shape (layers, bars + 1).
        title: the title of the picture.
        theme: the colours.
    """
    numbers = range(len(layers))
    shown = [*numbers][: _MOST_PANELS - 1] + [*numbers][_MOST_PANELS - 1 :][-1:]
    page = figure.titled(title if len(shown) == len(layers) else f"{title} ({len(shown)} of {len(layers)} layers)")
    columns = 1 if len(shown) <= 1 else 2 if len(shown) <= 4 else 3
    rows = max(math.ceil(len(shown) / columns), 1)
    page.subplots_adjust(wspace=0.28, hspace=0.24 * rows)
    panels = page.subplots(rows, columns, squeeze=False).ravel()
    for number, axes in enumerate(panels):
        axes.set_visible(number < len(shown))
        lowest = number + columns >= len(shown)
        figure.name_axes(axes, "activation" if lowest else "", "share" if number % columns == 0 else "")
    for axes, number in zip(panels, shown, strict=False):
        _draw_layer(axes, layers[number], counts[number], edges[number], theme)
    return page


def _draw_layer(axes: Axes, layer: Mapping[str, Any], counts: Array, edges: Array, theme: Theme) -> None:
    shares = counts / max(counts.sum(), 1)  # (bars,)
    axes.stairs(shares, edges, fill=True, color=theme.training)
    axes.set_ylim(0, 1.08 * max(shares.max(), 1e-9))
    axes.set_xlim(edges[0], edges[-1])
    axes.grid(False, axis="x")
    axes.tick_params(bottom=True)
    figure.round_ticks(axes.xaxis, 5)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter("{x:.0%}" if shares.max() > 0.05 else "{x:.1%}")
    _write_heading(axes, layer["name"], layer["units"], layer["dead"], theme)


def _write_heading(axes: Axes, name: str, units: int, dead: int | None, theme: Theme) -> None:
    """Writes name and units of the layer above its panel, shortened where there is little room."""
    whole = f"{units:,} unit{'s' * (units != 1)}"
    if dead:
        title = axes.set_title("", color=theme.warning, fontweight="bold")
        headings = [f"{whole}, {dead:,} dead", f"{dead:,} of {units:,} dead", f"{dead:,} dead"]
    else:
        title = axes.set_title("")
        headings = [whole] if dead is None else [f"{whole}, none dead", whole]
    name = style.one_line(name)
    shorter = (f"{name[:kept]}…: {headings[-1]}" for kept in range(len(name) - 1, 0, -1))
    for text in chain((f"{name}: {heading}" for heading in headings), shorter):
        title.set_text(text)
        if title.get_window_extent().width <= axes.bbox.width:
            return
