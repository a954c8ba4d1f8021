"""Images that the network classifies wrongly."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from nnrun.plots import figure, style
from nnrun.plots.style import LIGHT, Array, Theme

# The most pictures on a page.
MOST = 24


@figure.picture
def draw_mistakes(
    images: Array,
    true: Sequence[str],
    predicted: Sequence[str],
    probabilities: Array,
    wrong: int,
    title: str,
    *,
    theme: Theme = LIGHT,
) -> Figure:
    """Wrongly classified images, those of one cell of the confusion matrix side by side, with both classes.

    Args:
        images: grey, shape (images, height, width), or red, green and blue, (images, height, width, 3); at most 24.
        true: the name of the class of each.
        predicted: the name of the predicted class of each.
        probabilities: the predicted probability of that class, shape (images,).
        wrong: the number of wrongly classified images in all.
        title: the title of the picture.
        theme: the colours.
    """
    count = len(images)
    some = f"the most confident of {wrong:,} errors" if count < wrong else f"all {wrong:,} errors"
    page = figure.titled(f"{title}: {some}, true → predicted")
    columns = min(max(math.ceil(math.sqrt(1.9 * count)), 3), 8)
    page.subplots_adjust(left=0.03, right=0.97, bottom=0.03, top=0.84, wspace=0.12, hspace=0.36)
    panels = page.subplots(max(math.ceil(count / columns), 2), columns, squeeze=False).ravel()
    for axes in panels:
        axes.set_axis_off()
    for i, (axes, image) in enumerate(zip(panels, scaled_images(images), strict=False)):
        colors = {"cmap": "gray" if theme.name == "dark" else "gray_r", "vmin": 0, "vmax": 1}
        axes.imshow(image, aspect="equal", **({} if image.ndim == 3 else colors))
        names = (style.one_line(name, 12) for name in (true[i], predicted[i]))
        heading = axes.set_title(f"{' → '.join(names)}  {probabilities[i]:.0%}", fontsize=8, loc="center")
        figure.fit(heading, axes.bbox.width + 8)
    return page


def scaled_images(images: Array) -> Array:
    """The brightness of all images brought between 0 and 1 together."""
    images = np.nan_to_num(figure.drawable(images))
    low, high = (images.min(), images.max()) if images.size else (0.0, 1.0)
    return (images - low) / (high - low if high > low else 1.0)
