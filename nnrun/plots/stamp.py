"""What matplotlib has drawn once, put upon the pixels of one frame after another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist as Shape
from matplotlib.backends.backend_agg import FigureCanvasAgg

from nnrun.plots.style import Array

# A part of a page: its first row and the one after its last, and its columns likewise.
Box = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Stamp:
    """Pixels with a cover of their own.

    Args:
        rows: where they are, shape (pixels,).
        columns: likewise.
        parts: red, green, blue and opaque, each times the cover; uint16, shape (pixels, 4).
        rest: 255 less the cover, uint16, shape (pixels, 1).
    """

    rows: Array
    columns: Array
    parts: Array
    rest: Array

    @classmethod
    def of(cls, pixels: Array, top: int = 0, left: int = 0) -> Stamp:
        """Those pixels that cover anything.

        Args:
            pixels: red, green, blue and cover, uint8, shape (height, width, 4).
            top: where on the page they are.
            left: likewise.
        """
        rows, columns = np.nonzero(pixels[..., 3])
        parts = pixels[rows, columns].astype(np.uint16)  # (pixels, 4)
        cover = parts[:, 3:].copy()
        parts[:, 3] = 255
        return cls(rows + top, columns + left, parts * cover, 255 - cover)

    @classmethod
    def drawn(cls, canvas: FigureCanvasAgg, shapes: Iterable[Shape], box: Box | None = None) -> Stamp:
        """What some shapes look like alone; whatever is on the canvas is lost.

        Args:
            canvas: where they are drawn.
            shapes: what is drawn.
            box: the part of the page that is taken; by default all of it.
        """
        renderer = canvas.get_renderer()
        renderer.clear()
        for shape in shapes:
            shape.draw(renderer)
        pixels = np.asarray(canvas.buffer_rgba())
        top, bottom, left, right = box or (0, pixels.shape[0], 0, pixels.shape[1])
        return cls.of(pixels[top:bottom, left:right], top, left)

    def put_on(self, pixels: Array, down: int = 0, right: int = 0) -> None:
        """Puts it upon an opaque page, moved by so many pixels, unless it would stand out.

        Args:
            pixels: red, green, blue and cover of the page, uint8, shape (height, width, 4).
            down: how far it is moved.
            right: likewise.
        """
        height, width = pixels.shape[:2]
        rows, columns = self.rows + down, self.columns + right
        if not (_inside(rows, height) and _inside(columns, width)):
            return
        flat = pixels.view(np.uint32).ravel()  # (height · width,), of the same memory
        places = rows * width + columns  # (pixels,)
        below = flat.take(places).view(np.uint8).reshape(-1, 4)  # (pixels, 4)
        flat[places] = ((below * self.rest + self.parts + 127) // 255).astype(np.uint8).view(np.uint32)[:, 0]


def _inside(places: Array, size: int) -> bool:
    return not len(places) or bool(places.min() >= 0 and places.max() < size)
