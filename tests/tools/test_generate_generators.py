"""The catalogue of generators is written from their declarations."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import generate_generators


def test_the_file_is_in_step_with_the_declarations() -> None:
    assert generate_generators.main(["--check"]) == 0


def test_a_file_out_of_step_is_reported_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = generate_generators.FILE.read_text(encoding="utf-8")
    file = tmp_path / "generators.json"
    file.write_text(text.replace("moons", "suns"), encoding="utf-8")
    monkeypatch.setattr(generate_generators, "FILE", file)
    assert generate_generators.main(["--check"]) == 1
    assert "python -m tools.generate_generators" in capsys.readouterr().err
    assert generate_generators.main([]) == 0
    assert file.read_text(encoding="utf-8") == text
