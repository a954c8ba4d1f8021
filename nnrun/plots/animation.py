"""Frames of colours as the bytes of a GIF: one palette for all of them, and no more bytes than allowed."""

import io
from collections.abc import Iterable, Sequence

import numpy as np

from nnrun.plots.style import Array

# One of the 256 colours of a GIF stays free for what is the same as in the frame before.
_COLORS = 255
_SAMPLES = 4


def encode_gif(frames: Iterable[Array], durations: Sequence[int], limit: int) -> bytes:
    """The frames as a GIF that plays for ever.

    Where it would be larger than the limit, frames are left out and those before them stand longer; the first and the
    last frame stay.

    Args:
        frames: red, green, blue and cover of each, uint8, shape (height, width, 4); the upper left corner has the
            colour of the page. One may lie where the one before it lay.
        durations: how long each frame stands, milliseconds.
        limit: the most bytes.
    """
    count = len(durations)
    sampled = set(np.linspace(0, count - 1, _SAMPLES).astype(int).tolist())
    keys, samples = [], []
    for i, frame in enumerate(frames):
        keys.append(_keys(frame))
        if i in sampled:
            samples.append(frame[::2, ::2, :3].copy())
    palette = _palette(np.concatenate(samples))
    nearest = _nearest(keys, palette)
    indices, times = [nearest[key] for key in keys], list(durations)
    while len(data := _written(indices, palette, times)) > limit and len(indices) > 2:
        fewer = max(2, int(0.95 * len(indices) * limit / len(data)))
        kept = np.unique(np.linspace(0, len(indices) - 1, fewer).astype(int)).tolist()
        ends = [*kept[1:], len(times)]
        times = [sum(times[start:end]) for start, end in zip(kept, ends, strict=True)]
        indices = [indices[i] for i in kept]
    return data


def _keys(frame: Array) -> Array:
    """The upper 5 bits of red, green and blue of each pixel as one number; uint16, shape (height, width)."""
    whole = np.ascontiguousarray(frame).view("<u4")[..., 0]
    return ((whole & 0xF8) << 7 | whole >> 6 & 0x3E0 | whole >> 19 & 0x1F).astype(np.uint16)


def _palette(sample: Array) -> Array:
    """The colours that serve a picture best; uint8, shape (colours, 3)."""
    from PIL import Image

    found = Image.fromarray(sample).quantize(_COLORS, method=Image.Quantize.MEDIANCUT).getpalette() or []
    palette = np.array(found, np.uint8).reshape(-1, 3)
    page = sample[0, 0].astype(int)
    palette[np.square(palette - page).sum(axis=1).argmin()] = page  # the page's colour must be met exactly
    return palette


def _nearest(keys: Sequence[Array], palette: Array) -> Array:
    """The number of the nearest colour for every key that occurs; uint8, shape (32768,)."""
    occurs = np.zeros(2**15, bool)
    for key in keys:
        occurs[key] = True
    present = np.flatnonzero(occurs)  # (present,)
    colors = np.stack([present >> 10, present >> 5 & 31, present & 31], axis=1) * (255 / 31)  # (present, 3)
    distances = np.square(colors[:, None] - palette[None]).sum(axis=-1)  # (present, colours)
    nearest = np.zeros(2**15, np.uint8)
    nearest[present] = distances.argmin(axis=1)
    return nearest


def _written(indices: Sequence[Array], palette: Array, durations: Sequence[int]) -> bytes:
    from PIL import Image

    images = [Image.fromarray(index) for index in indices]
    for image in images:
        image.putpalette(palette.tobytes())
    buffer = io.BytesIO()
    timing = {"duration": list(durations), "loop": 0}
    images[0].save(buffer, "GIF", save_all=True, append_images=images[1:], optimize=False, disposal=1, **timing)
    return buffer.getvalue()
