"""`nnrun freeze` as a whole command, and `nnrun test` with what it has written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from experiments import EXPERIMENTS
from nnrun.cli.main import run


def nnrun(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "NNRUN_"))}
    command = [sys.executable, "-m", "nnrun", *words]
    return subprocess.run(command, cwd=cwd, env=known, capture_output=True, text=True, check=False)


@pytest.mark.keras
@pytest.mark.slow
def test_an_experiment_is_frozen_and_after_a_change_its_golden_file_is_updated(tmp_path: Path) -> None:
    file, golden = tmp_path / "xor.yaml", tmp_path / "xor.yaml.golden.json"
    text = (EXPERIMENTS / "xor.yaml").read_text(encoding="utf-8").partition("expect:")[0]
    file.write_text(text.replace("epochs: 500", "epochs: 30\nengine: xla"), encoding="utf-8")
    frozen = nnrun("freeze", "xor.yaml", "--seeds", "12", cwd=tmp_path)
    assert frozen.returncode == 0, frozen.stderr
    assert frozen.stdout == "xor.yaml.golden.json\n"
    assert "12 seeds, median and 84.6% prediction interval:\nmetric           epoch 1" in frozen.stderr
    assert {*tmp_path.iterdir()} == {golden, file}
    file.write_text(file.read_text().replace("epochs: 30", "epochs: 31"), encoding="utf-8")
    updated = nnrun("test", "--update", "xor.yaml", cwd=tmp_path)
    assert updated.returncode == 0, updated.stdout + updated.stderr
    assert json.loads(golden.read_text())["settings"]["epochs"] == 31


def test_a_golden_file_of_several_experiments_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    xor = str(EXPERIMENTS / "xor.yaml")
    assert run(["freeze", xor, xor, "--out", "golden.json"]) == 64
    assert "--out names one golden file" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("--seeds", "9"), ("--level", "0"), ("--level", "0.7")])
def test_too_few_seeds_and_impossible_levels_are_wrong_usage(words: tuple[str, ...]) -> None:
    assert run(["freeze", str(EXPERIMENTS / "xor.yaml"), *words]) == 64
