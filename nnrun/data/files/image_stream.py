"""The pixels of many image files as an array whose rows are decoded when they are taken."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.files.image_file import read_images
from nnrun.data.files.stored_cells import CellFile
from nnrun.errors import StorageError


class ImageStream:
    """Images as float32, an image a row.

    It stands in a `Part` where an array would, as long as only ranges of rows are taken.

    Args:
        paths: the image files.
        shape: the height, the width and the channels of a row.
        scale: whether pixels lie between 0 and 1, not between 0 and 255.
        convert: as for `read_image`.
        file: keeps the pixels, so that no image is decoded twice; a full disk only makes it slower. None to keep none.
    """

    dtype = np.dtype(np.float32)

    def __init__(
        self,
        paths: Sequence[Path],
        shape: tuple[int, int, int],
        *,
        scale: bool,
        convert: bool,
        file: CellFile | None = None,
    ) -> None:
        self.paths = paths
        self.shape = (len(paths), *shape)
        self.scale = scale
        self.convert = convert
        self._file = file
        self._starts = array("q", [-1]) * len(paths)  # where the pixels of each image begin in the file

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, rows: slice) -> Array:
        """The images of a range, (rows, height, width, channels); errors are those of `read_image`."""
        kept = self._kept(range(*rows.indices(len(self))))
        if kept is not None:
            return kept
        height, width, channels = self.shape[1:]
        pixels = read_images(self.paths[rows], (height, width), channels, convert=self.convert)
        if self.scale:
            pixels /= np.float32(255)
        self._keep(range(*rows.indices(len(self))), pixels)
        return pixels

    def _kept(self, rows: range) -> Array | None:
        """The images as they were kept; None where one of them was not."""
        starts = [self._starts[row] for row in rows]
        if self._file is None or min(starts, default=-1) < 0:
            return None
        pixels = np.empty((len(rows), *self.shape[1:]), self.dtype)
        for row, start in enumerate(starts):
            content = self._file.read(start, pixels[row].nbytes)
            pixels[row] = np.frombuffer(content, self.dtype).reshape(self.shape[1:])
        return pixels

    def _keep(self, rows: range, pixels: Array) -> None:
        if self._file is None or not pixels.size:
            return
        try:
            begin = self._file.append(pixels.data.cast("B"))
        except StorageError:
            self._file = None
            return
        for number, row in enumerate(rows):
            self._starts[row] = begin + number * pixels[0].nbytes
