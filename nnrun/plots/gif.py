"""Frames of palette indices as the bytes of a GIF, in which every frame holds only what has changed.

The format is that of CompuServe, "Graphics Interchange Format, Version 89a", 1990.
"""

from collections.abc import Sequence

import numpy as np

from nnrun.plots.style import Array

# The index of what is the same as in the frame before.
UNCHANGED = 255
_HEADER = b"GIF89a"
_GLOBAL_TABLE, _NO_BACKGROUND, _SQUARE_PIXELS = 0xF7, 0, 0  # 256 colours of 8 bits
_FOREVER = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
_KEEP, _TRANSPARENT = 1 << 2, 1
_BITS = 8
_END_OF_FRAME, _END = b"\x00", b"\x3b"


def write_gif(frames: Sequence[Array], palette: Array, durations: Sequence[int]) -> bytes:
    """A GIF that plays for ever; a frame that is like the one before it makes that one stand longer.

    Args:
        frames: the indices of each pixel's colour, below `UNCHANGED`; uint8, shape (height, width).
        palette: the colours, uint8, shape (at most `UNCHANGED`, 3).
        durations: how long each frame stands, milliseconds.
    """
    height, width = frames[0].shape
    size = _number(width) + _number(height)
    table = np.zeros((UNCHANGED + 1, 3), np.uint8)
    table[: len(palette)] = palette
    parts = [_HEADER, size, bytes((_GLOBAL_TABLE, _NO_BACKGROUND, _SQUARE_PIXELS)), table.tobytes(), _FOREVER]
    kept = [0, *(i for i in range(1, len(frames)) if not np.array_equal(frames[i], frames[i - 1]))]
    ends = [*kept[1:], len(frames)]
    for number, (i, end) in enumerate(zip(kept, ends, strict=True)):
        left, top, part = _changed(frames[kept[number - 1]], frames[i]) if number else (0, 0, frames[i])
        parts += [_control(sum(durations[i:end])), _image(left, top, part), _END_OF_FRAME]
    return b"".join([*parts, _END])


def _changed(before: Array, frame: Array) -> tuple[int, int, Array]:
    """The smallest rectangle with all that has changed: its left and top, and its pixels, uint8 (height, width)."""
    changed = before != frame
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    box = np.s_[top:bottom, left:right]
    return int(left), int(top), np.where(changed[box], frame[box], np.uint8(UNCHANGED))


def _control(milliseconds: int) -> bytes:
    """How long an image stands, and that its transparent pixels keep what was there."""
    return bytes((0x21, 0xF9, 4, _KEEP | _TRANSPARENT)) + _number(milliseconds // 10) + bytes((UNCHANGED, 0))


def _image(left: int, top: int, indices: Array) -> bytes:
    """An image at its place, compressed by Pillow."""
    from PIL import Image

    height, width = indices.shape
    place = b"".join(map(_number, (left, top, width, height)))
    return b"\x2c" + place + bytes((0, _BITS)) + Image.fromarray(indices).tobytes("gif", ("L", _BITS, 0))


def _number(value: int) -> bytes:
    return value.to_bytes(2, "little")
