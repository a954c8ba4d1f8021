"""Frames of colours as the bytes of a GIF: one palette for all of them, and no more bytes than allowed."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from nnrun.plots.gif import UNCHANGED, write_gif
from nnrun.plots.style import Array

# Colours are told apart by the upper 5 bits of red, green and blue.
_KEYS = 2**15
# The palette is chosen for about so many pixels.
_SAMPLE = 2**16
# So many of its colours are met exactly.
_EXACT = 32
# The pixels that have changed, and their colours; (pixels,) each.
_Change = tuple[Array, Array]


def encode_gif(frames: Iterable[Array], durations: Sequence[int], limit: int) -> bytes:
    """The frames as a GIF that plays for ever.

    Where it would be larger than the limit, frames are left out and those before them stand longer; the first and the
    last frame stay.

    Args:
        frames: red, green, blue and cover of each, uint8, shape (height, width, 4). One may lie where the one before it
            lay.
        durations: how long each frame stands, milliseconds.
        limit: the most bytes.
    """
    shape, changes = _changes(frames)
    palette, typical = _palette([colors for _, colors in changes])
    indices, times = list(_indices(shape, changes, palette, typical)), list(durations)
    while len(data := write_gif(indices, palette, times)) > limit and len(indices) > 2:
        fewer = max(2, int(0.95 * len(indices) * limit / len(data)))
        kept = np.unique(np.linspace(0, len(indices) - 1, fewer).astype(int)).tolist()
        ends = [*kept[1:], len(times)]
        times = [sum(times[start:end]) for start, end in zip(kept, ends, strict=True)]
        indices = [indices[i] for i in kept]
    return data


def _changes(frames: Iterable[Array]) -> tuple[tuple[int, ...], list[_Change]]:
    """The shape of the frames, and what changes in each; of the first, every pixel."""
    changes: list[_Change] = []
    for frame in frames:
        colors = np.ascontiguousarray(frame).view("<u4")[..., 0]  # (height, width)
        if not changes:
            shown = colors.copy()
            changes.append((np.arange(shown.size), shown.ravel().copy()))
            continue
        places = np.flatnonzero(colors != shown)
        changed = colors.ravel()[places]
        shown.ravel()[places] = changed
        changes.append((places, changed))
    return shown.shape, changes


def _palette(changed: Sequence[Array]) -> tuple[Array, Array]:
    """The colours for some pixels.

    Returns:
        The most frequent colours, and those that serve the others best, uint8, shape (colours, 3); and of every key its
        most frequent colour, or any one, shape (keys, 3).
    """
    from PIL import Image

    step = sum(map(len, changed)) // _SAMPLE + 1
    sample = np.concatenate([colors[::step] for colors in changed])  # (sample,)
    different, counts = np.unique(sample, return_counts=True)
    rising = np.argsort(counts, kind="stable")  # (different,)
    keys = np.arange(_KEYS)
    typical = np.stack([keys >> 10, keys >> 5 & 31, keys & 31], axis=-1) * 8 + 4  # (keys, 3)
    typical[_keys(different[rising])] = _parts(different[rising])
    exact = rising[-_EXACT:]
    others = _parts(different[rising[:-_EXACT]])  # (others, 3)
    if not len(others):
        return _parts(different[exact]), typical
    fitting = Image.fromarray(others[None]).quantize(UNCHANGED - _EXACT, method=Image.Quantize.MEDIANCUT)
    palette = np.array(fitting.getpalette(), np.uint8).reshape(-1, 3)
    return np.concatenate([_parts(different[exact]), palette]), typical


def _parts(colors: Array) -> Array:
    """Red, green and blue; uint8, shape (pixels, 3)."""
    return colors.astype("<u4").view(np.uint8).reshape(-1, 4)[:, :3]


def _indices(shape: tuple[int, ...], changes: Iterable[_Change], palette: Array, typical: Array) -> Iterator[Array]:
    """The frames as numbers of the palette's nearest colours; uint8, shape (height, width)."""
    shown = np.zeros(shape, np.uint8)
    numbers = np.full(_KEYS, UNCHANGED, np.uint8)
    for places, colors in changes:
        keys = _keys(colors)
        present = np.zeros(_KEYS, bool)
        present[keys] = True
        new = np.flatnonzero(present & (numbers == UNCHANGED))
        numbers[new] = _nearest(typical[new], palette)
        shown.ravel()[places] = numbers[keys]
        yield shown.copy()


def _keys(colors: Array) -> Array:
    """The upper 5 bits of red, green and blue as one number; shape (pixels,)."""
    return (colors & 0xF8) << 7 | colors >> 6 & 0x3E0 | colors >> 19 & 0x1F


def _nearest(colors: Array, palette: Array) -> Array:
    """The number of the palette's nearest colour for each; shape (colours,)."""
    distances = np.zeros((len(colors), len(palette)), int)
    for part in range(3):
        distances += np.square(colors[:, part, None] - palette[None, :, part].astype(int))
    return np.asarray(distances.argmin(axis=1))
