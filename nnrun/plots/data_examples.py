"""The first images of the data."""

import math
from collections.abc import Sequence

from matplotlib.figure import Figure

from nnrun.plots import figure, style
from nnrun.plots.mistakes import MOST, scaled_images
from nnrun.plots.style import LIGHT, Array, Theme


@figure.picture
def draw_data_examples(images: Array, labels: Sequence[str], total: int, title: str, *, theme: Theme = LIGHT) -> Figure:
    """Images, each with its class.

    Args:
        images: grey, shape (images, height, width), or red, green and blue, (images, height, width, 3); at most 24.
        labels: the class or the target of each, as it is written above it.
        total: how many images there are in all.
        title: the title of the picture.
        theme: the colours.
    """
    images = images[:MOST]
    page = figure.titled(f"{title}: the first {len(images)} of {total:,} images")
    columns = min(max(math.ceil(math.sqrt(1.9 * len(images))), 3), 8)
    page.subplots_adjust(left=0.03, right=0.97, bottom=0.03, top=0.84, wspace=0.12, hspace=0.36)
    panels = page.subplots(max(math.ceil(len(images) / columns), 2), columns, squeeze=False).ravel()
    for axes in panels:
        axes.set_axis_off()
    for axes, image, label in zip(panels, scaled_images(images), labels, strict=False):
        colors = {"cmap": "gray" if theme.name == "dark" else "gray_r", "vmin": 0, "vmax": 1}
        axes.imshow(image, aspect="equal", **({} if image.ndim == 3 else colors))
        figure.fit(axes.set_title(style.one_line(label, 24), fontsize=8, loc="center"), axes.bbox.width + 8)
    return page
