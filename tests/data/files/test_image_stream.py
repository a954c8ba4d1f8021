"""Images in a range of rows: the same whatever the number of threads, and none is decoded twice."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from image_files import picture, save

from nnrun.data.files.image_file import read_image
from nnrun.data.files.image_stream import ImageStream
from nnrun.data.files.stored_cells import CellFile
from nnrun.errors import ExperimentError

SIZE = (6, 7)


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Image files of several sizes."""
    return [save(tmp_path / f"{i}.png", picture(5 + i, 9)) for i in range(12)]


def stream(paths: list[Path], file: CellFile | None = None) -> ImageStream:
    return ImageStream(paths, (*SIZE, 3), scale=False, convert=False, file=file)


@pytest.mark.parametrize("processors", [1, 2, 5])
def test_the_images_are_those_of_one_after_another_whatever_the_number_of_threads(
    paths: list[Path], processors: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    expected = np.stack([read_image(path, SIZE, 3, convert=False) for path in paths[2:]])
    filters = list(warnings.filters)
    assert np.array_equal(stream(paths)[2:], expected)
    assert warnings.filters == filters


def test_the_first_broken_image_is_named(paths: list[Path]) -> None:
    for broken in (9, 4, 7):
        paths[broken].write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(ExperimentError, match=r"4\.png cannot be decoded"):
        stream(paths)[:]


def test_an_image_that_was_kept_is_not_decoded_again(paths: list[Path], tmp_path: Path) -> None:
    images = stream(paths, CellFile(tmp_path))
    first, second = images[:5], images[5:]
    for path in paths:
        path.unlink()
    assert np.array_equal(images[3:9], np.concatenate([first[3:], second[:4]]))
    with pytest.raises(ExperimentError):
        stream(paths)[3:9]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_on_a_full_disk_images_are_decoded_again(paths: list[Path], tmp_path: Path) -> None:
    file = CellFile(tmp_path)
    with Path("/dev/full").open("r+b", buffering=0) as full:
        file._file = full
        images = stream(paths, file)
        assert np.array_equal(images[:], images[:])
        assert np.array_equal(images[:], stream(paths)[:])
