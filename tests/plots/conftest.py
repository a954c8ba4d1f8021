"""What the tests of pictures share."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


@pytest.fixture
def pixels() -> Callable[[bytes], Pixels]:
    """Reads a picture, after a look at its signature and size; shape (500, 800, 3), the highest row first."""

    def read(png: bytes) -> Pixels:
        assert png.startswith(b"\x89PNG\r\n\x1a\n")
        image = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
        assert image.shape == (500, 800, 3)
        return image

    return read


@pytest.fixture
def count_of(pixels: Callable[[bytes], Pixels]) -> Callable[[bytes, str], int]:
    """How many pixels of a picture have exactly this colour."""

    def count(png: bytes, color: str) -> int:
        parts = [int(color[start : start + 2], 16) for start in (1, 3, 5)]
        return int((pixels(png) == parts).all(axis=-1).sum())

    return count


@pytest.fixture(params=["", "$$", "_$x^2 [link=http://a][/bold] \x1b[31m\x00\x07\n\udcff\u202e 日本", "W" * 9999])
def odd_text(request: pytest.FixtureRequest) -> str:
    """Text that steers terminals, breaks markup or formulas, or has no room."""
    return str(request.param)
