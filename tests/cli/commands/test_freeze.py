"""`nnrun freeze` as a whole command, and `nnrun test` with what it has written."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from experiments import EXPERIMENTS
from nnrun.cli.main import run


@pytest.mark.keras
def test_an_experiment_is_frozen_and_after_a_change_its_golden_file_is_updated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    file, golden = tmp_path / "xor.yaml", tmp_path / "xor.yaml.golden.json"
    text = (EXPERIMENTS / "xor.yaml").read_text(encoding="utf-8").partition("expect:")[0]
    file.write_text(text.replace("epochs: 500", "epochs: 30\nengine: graph"), encoding="utf-8")
    assert run(["freeze", "xor.yaml", "--seeds", "12"]) == 0
    told = capsys.readouterr()
    assert told.out == "xor.yaml.golden.json\n"
    assert "12 seeds, median and 84.6% prediction interval:\nmetric           epoch 1" in told.err
    assert {*tmp_path.iterdir()} == {golden, file}
    file.write_text(file.read_text().replace("epochs: 30", "epochs: 31"), encoding="utf-8")
    assert run(["test", "--update", "xor.yaml"]) == 0, capsys.readouterr()
    assert json.loads(golden.read_text())["settings"]["epochs"] == 31


@pytest.mark.keras
def test_trainings_of_which_too_few_are_completed_are_named_with_the_command_that_shows_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (EXPERIMENTS / "xor.yaml").read_text(encoding="utf-8").partition("expect:")[0]
    (tmp_path / "my xor.yaml").write_text(f"{text}batch_size: 2\n", encoding="utf-8")
    rate = ("--set", "optimizer={SGD: {learning_rate: 1e30}}")
    assert run(["freeze", "my xor.yaml", "--seeds", "11", *rate]) == 3
    message, hint = capsys.readouterr().err.splitlines()[-2:]
    assert re.fullmatch(r"Only [0-9] of 11 trainings were completed; a golden file needs 10\.", message)
    assert hint == (
        "  This shows why they failed: nnrun sweep 'my xor.yaml' --set 'optimizer={SGD: {learning_rate: 1e30}}' "
        "--grid seed=0..9"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["my xor.yaml"]


def test_a_golden_file_of_several_experiments_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    xor = str(EXPERIMENTS / "xor.yaml")
    assert run(["freeze", xor, xor, "--out", "golden.json"]) == 64
    assert "--out names one golden file" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("--seeds", "9"), ("--level", "0"), ("--level", "0.7")])
def test_too_few_seeds_and_impossible_levels_are_wrong_usage(words: tuple[str, ...]) -> None:
    assert run(["freeze", str(EXPERIMENTS / "xor.yaml"), *words]) == 64
