"""The pixels of image files are those of TensorFlow, and broken files are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from image_files import picture, save
from PIL import Image

from nnrun.data.files import image_file
from nnrun.data.files.image_file import count_channels, is_image, read_image
from nnrun.errors import ExperimentError

SIZES = [(7, 5), (32, 32), (41, 64)]


def error_of(path: Path, channels: int = 3) -> str:
    with pytest.raises(ExperimentError, match=r"\S") as caught:
        read_image(path, (4, 4), channels, convert=True)
    (problem,) = caught.value.problems
    assert str(path) in problem.message
    return problem.message


def test_an_image_of_the_wanted_size_keeps_its_pixels(tmp_path: Path) -> None:
    pixels = picture(9, 12)
    for suffix in ("png", "bmp"):
        assert np.array_equal(read_image(save(tmp_path / f"a.{suffix}", pixels), (9, 12), 3, convert=False), pixels)


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("LA", 1), ("1", 1), ("RGB", 3), ("RGBA", 3), ("P", 3)])
def test_the_channels_are_known_from_the_header(tmp_path: Path, mode: str, channels: int) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(picture(5, 5)).convert(mode).save(path)
    assert count_channels(path) == channels
    assert read_image(path, (5, 5), channels, convert=False).shape == (5, 5, channels)


def test_16_bits_become_8(tmp_path: Path) -> None:
    wide = np.arange(0, 65_536, 4096, dtype=np.uint16).reshape(4, 4)
    Image.fromarray(wide).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png", (4, 4), 1, convert=False)[..., 0].tolist() == (wide >> 8).tolist()


def test_the_first_frame_of_an_animation_counts(tmp_path: Path) -> None:
    first, second = (Image.new("RGB", (4, 4), color) for color in ("red", "blue"))
    first.save(tmp_path / "a.gif", save_all=True, append_images=[second])
    assert read_image(tmp_path / "a.gif", (1, 1), 3, convert=False).tolist() == [[[255, 0, 0]]]


def test_a_part_of_an_image_is_refused(tmp_path: Path) -> None:
    for suffix in ("png", "jpg", "gif", "bmp"):
        path = save(tmp_path / f"a.{suffix}", picture(40, 40))
        whole = path.read_bytes()
        for share in (0.02, 0.3, 0.8):
            path.write_bytes(whole[: int(len(whole) * share)])
            assert "cannot be decoded" in error_of(path)


def test_other_bytes_are_no_image(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    for content in (b"", b"<svg></svg>", b"RIFF....WEBPVP8 ", b"%PDF-1.4"):
        path.write_bytes(content)
        assert not is_image(path)
        assert "it is no PNG, JPEG, GIF or BMP file" in error_of(path)


def test_an_image_of_too_many_pixels_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    Image.new("1", (9000, 9000)).save(path)
    assert "more than 67,108,864 pixels" in error_of(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)  # Pillow refuses it by itself
    assert "more than 67,108,864 pixels" in error_of(path)
    monkeypatch.setattr(image_file, "MOST_PIXELS", 25)
    assert "more than 25 pixels" in error_of(save(path, picture(5, 6)))


def test_other_channels_are_refused_unless_they_are_converted(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", picture(4, 4, channels=1))
    with pytest.raises(ExperimentError, match=r"has 1 channel, unlike the first one with 3") as caught:
        read_image(path, (4, 4), 3, convert=False)
    assert caught.value.problems[0].hint == "To convert all images, add to the arguments: channels: 3"
    grey = read_image(path, (4, 4), 3, convert=True)
    assert (grey == grey[..., :1]).all()


@pytest.mark.keras
def test_the_pixels_are_those_of_tensorflow(tmp_path: Path) -> None:
    import tensorflow as tf

    for number, (suffix, levels) in enumerate([("png", 0), ("bmp", 0), ("gif", 0), ("jpg", 4)]):
        path = save(tmp_path / f"a.{suffix}", picture(50 + number, 37, number))
        decoded = tf.io.decode_image(path.read_bytes(), channels=3, expand_animations=False)
        ours = read_image(path, (50 + number, 37), 3, convert=False)
        assert np.abs(decoded.numpy() - ours).max() <= levels
        if suffix == "jpg":
            exact = tf.io.decode_jpeg(path.read_bytes(), channels=3, dct_method="INTEGER_ACCURATE")
            assert np.abs(exact.numpy() - ours).max() <= 1
            decoded = tf.constant(ours)
        for size in SIZES:
            assert np.array_equal(tf.image.resize(decoded, size), read_image(path, size, 3, convert=False))
