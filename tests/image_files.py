"""Small image files for tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def picture(height: int, width: int, seed: int = 0, channels: int = 3) -> NDArray[np.uint8]:
    """Smooth colours, (height, width, channels), so that JPEG keeps them."""
    coarse = np.random.default_rng(seed).integers(0, 256, (3, 4, channels), dtype=np.uint8)
    image = Image.fromarray(coarse.squeeze()).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(image).reshape(height, width, channels)


def save(path: Path, pixels: NDArray[np.uint8]) -> Path:
    """Writes an image in the format of its suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.squeeze()).save(path)
    return path


def class_folders(folder: Path, classes: Sequence[str] = ("cat", "dog"), rows: int = 3, channels: int = 3) -> Path:
    """A folder per class with a bright image per row, brighter from class to class."""
    for label, name in enumerate(classes):
        for row in range(rows):
            level = 40 + 150 * label // max(1, len(classes) - 1)
            pixels = np.full((6 + row, 8, channels), level + row, np.uint8)
            save(folder / name / f"{row}.png", pixels)
    return folder
