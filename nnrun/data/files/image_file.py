"""The pixels of an image file: decoded by Pillow, resized as `tf.image.resize` does.

One decoder for all commands, so that the pixels are the same wherever TensorFlow is not loaded. PNG, GIF and BMP files
have exactly the pixels of `tf.io.decode_image`; those of a JPEG file differ by at most 4 of 255 levels, because
TensorFlow decodes it by a faster, coarser cosine transform.
"""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.data.dataset import Array
from nnrun.data.files.read_file import file_errors, read_file
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.text.regular_file import open_regular

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 2**26  # of one image: a file of a few bytes can claim any number
_FORMATS = ("PNG", "JPEG", "GIF", "BMP")
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM")
_ONE_CHANNEL = ("1", "L", "LA", "La", "I", "F")
_DAMAGE = (OSError, EOFError, SyntaxError, ValueError, OverflowError, struct.error, zlib.error)


def is_image(path: Path) -> bool:
    """Whether a file begins as a PNG, JPEG, GIF or BMP file.

    Raises:
        ExperimentError: it cannot be read.
    """
    with file_errors(path), open_regular(path) as stream:
        return begins_as_image(stream.read(8))


def begins_as_image(content: bytes) -> bool:
    """Whether bytes are the first ones of a PNG, JPEG, GIF or BMP file."""
    return content.startswith(_SIGNATURES)


def count_channels(path: Path) -> int:
    """The channels of an image file by its header: 1 for a grey one, 3 for one in colour; alpha does not count.

    Raises:
        ExperimentError: it cannot be read as an image.
    """
    with file_errors(path), _silent(), _opened(path, path) as image:
        return _channels(image)


def read_images(paths: Sequence[Path], size: tuple[int, int], channels: int, *, convert: bool) -> Array:
    """The pixels of several images, each as by `read_image`, decoded by as many threads as there are processors.

    Returns:
        float32, (images, height, width, channels), from 0 to 255.

    Raises:
        ExperimentError: an image cannot be used; the first one is named.
    """
    import numpy as np

    pixels = np.empty((len(paths), *size, channels), np.float32)

    def read(row: int) -> None:
        pixels[row] = _decoded(read_file(paths[row]), paths[row], size, channels, convert=convert)

    with _silent(), ThreadPoolExecutor(os.cpu_count()) as threads:
        for _ in threads.map(read, range(len(paths))):
            pass
    return pixels


def read_image(path: Path, size: tuple[int, int], channels: int, *, convert: bool) -> Array:
    """The pixels of an image; of an animated one those of its first frame.

    Pixel centres are half a pixel from the border, each new pixel is interpolated linearly between the four nearest old
    ones: `tf.image.resize(image, size)`, method bilinear, without antialiasing, bit for bit.

    Args:
        path: a PNG, JPEG, GIF or BMP file.
        size: the height and the width that it is resized to.
        channels: 1 for grey pixels, 3 for red, green and blue; alpha is left out.
        convert: whether an image with another number of channels is converted, by its luminance or by repetition.

    Returns:
        float32, (height, width, channels), from 0 to 255.

    Raises:
        ExperimentError: the file cannot be read, is no such image or a broken one, has more than `MOST_PIXELS` pixels,
            or other channels.
    """
    return decode_image(read_file(path), path, size, channels, convert=convert)


def decode_image(content: bytes, path: Path, size: tuple[int, int], channels: int, *, convert: bool) -> Array:
    """The pixels of the bytes of an image file; the rest is as for `read_image`."""
    with _silent():
        return _decoded(content, path, size, channels, convert=convert)


def _decoded(content: bytes, path: Path, size: tuple[int, int], channels: int, *, convert: bool) -> Array:
    with _opened(BytesIO(content), path) as image:
        found = _channels(image)
        if found != channels and not convert:
            message = f"The image {path} has {found} channel{'s' * (found > 1)}, unlike the first one with {channels}."
            hint = f"To convert all images, add to the arguments: channels: {max(found, channels)}"
            raise ExperimentError(Problem(message, hint=hint))
        return _resized(_pixels(image, channels), size)


@contextmanager
def _silent() -> Iterator[None]:
    """Keeps Pillow from warning of what is refused here; for all threads, so that only one may enter and leave it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _opened(file: Path | BytesIO, path: Path) -> Iterator[Image]:
    """The image, its pixels not yet decoded; errors within are those of `read_image`."""
    from PIL import Image

    try:
        with Image.open(file, formats=_FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Image.DecompressionBombError(_size(image))
            yield image
    except Image.DecompressionBombError as error:
        message = f"The image {path} has more than {MOST_PIXELS:,} pixels, the most that are decoded."
        raise ExperimentError(Problem(message, hint="Make it smaller first, or leave it out.")) from error
    except _DAMAGE as error:
        reason = "it is no PNG, JPEG, GIF or BMP file" if "cannot identify" in str(error) else str(error).rstrip(".")
        message = f"The image {path} cannot be decoded: {reason or type(error).__name__}."
        raise ExperimentError(Problem(message, hint="Replace the file, or remove it.")) from error


def _size(image: Image) -> str:
    return f"{image.width} × {image.height}"


def _channels(image: Image) -> int:
    """The channels of an image; a palette is taken for colours."""
    return 1 if image.mode.split(";")[0] in _ONE_CHANNEL else 3


def _pixels(image: Image, channels: int) -> Array:
    """The pixels as bytes, (height, width, channels)."""
    import numpy as np

    if image.mode.startswith("I"):  # 16 bits, of which Pillow would only keep those up to 255
        grey = (np.asarray(image).astype(np.int64) >> 8).astype(np.uint8)[..., None]  # (height, width, 1)
        return np.repeat(grey, channels, axis=2)
    return np.asarray(image.convert("L" if channels == 1 else "RGB")).reshape(image.height, image.width, channels)


def _resized(pixels: Array, size: tuple[int, int]) -> Array:
    import numpy as np

    (top, bottom, down), (left, right, along) = (
        _neighbours(*pair) for pair in zip(pixels.shape[:2], size, strict=True)
    )
    down, along = down[:, None, None], along[None, :, None]

    def chosen(rows: Array, columns: Array) -> Array:
        return pixels[rows][:, columns].astype(np.float32)  # (height, width, channels)

    def between(before: Array, after: Array, share: Array) -> Array:
        found: Array = before + (after - before) * share
        return found

    above = between(chosen(top, left), chosen(top, right), along)
    below = between(chosen(bottom, left), chosen(bottom, right), along)
    return between(above, below, down)


def _neighbours(old: int, new: int) -> tuple[Array, Array, Array]:
    """For each new pixel of a side the old one before it, the old one after it, and how far it lies between them."""
    import numpy as np

    half, scale = np.float32(0.5), np.float32(old) / np.float32(new)
    places = (np.arange(new, dtype=np.float32) + half) * scale - half  # (new,)
    before = np.floor(places)
    lower = np.maximum(before, 0).astype(np.intp)
    upper = np.minimum(np.ceil(places), old - 1).astype(np.intp)
    return lower, upper, (places - before).astype(np.float32)
