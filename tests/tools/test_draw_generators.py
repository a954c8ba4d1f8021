"""The gallery of data generators has a picture of each that can be drawn here, and no other."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from nnrun.data.generators.registry import all_generators
from tools import draw_generators
from tools.generator_gallery import PICTURES, gallery


def test_the_pictures_are_those_of_the_generators() -> None:
    assert draw_generators.main(["--check"]) == 0


def test_every_picture_is_small() -> None:
    for path in PICTURES.iterdir():
        with Image.open(path) as image:
            assert image.width == 560, path.name
        assert path.stat().st_size < 40_000, path.name


def test_a_missing_picture_and_a_stale_one_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(draw_generators, "PICTURES", tmp_path)
    (tmp_path / "suns.png").touch()
    assert draw_generators.main(["--check"]) == 1
    told = capsys.readouterr().err
    assert f"{tmp_path / 'moons.png'} is out of step; run python -m tools.draw_generators" in told
    assert f"{tmp_path / 'suns.png'} is out of step" in told
    draw_generators.main(["xor"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["suns.png", "xor.png"]


def test_the_same_rows_give_the_same_picture(tmp_path: Path) -> None:
    moons = all_generators()["moons"]
    first, second = (draw_generators.picture(moons, tmp_path) for _ in range(2))
    assert first == second
    assert Image.open(io.BytesIO(first)).format == "PNG"


def test_every_generator_without_a_file_is_in_the_gallery() -> None:
    named = {line.removeprefix("### ") for line in gallery() if line.startswith("### ")}
    assert named == {name for name, generator in all_generators().items() if not generator.files} - {"python"}
