"""`nnrun reproduce` as a whole command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments import EXPERIMENTS
from nnrun.cli.main import run

pytestmark = pytest.mark.keras


def test_a_run_is_reproduced_and_as_json_the_result_is_one_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    xor, bare = str(EXPERIMENTS / "xor.yaml"), ("--no-plots", "--no-report")
    assert run(["train", "-q", xor, "--set", "epochs=20", "--set", "expect=[loss < 1e-9]", *bare]) == 1
    trained = capsys.readouterr().out.strip()
    assert run(["reproduce", "latest:xor", *bare]) == 0
    told = capsys.readouterr()
    assert told.out.startswith(f"{trained} was trained again in runs/")
    assert f"reading runs/{Path(trained).name}" in told.err
    record = json.loads(Path(trained, "run.json").read_text())
    record["final_metrics"]["loss"] = 0.0001
    Path(trained, "run.json").write_text(json.dumps(record))
    assert run(["reproduce", trained, "-q", "--format", "json", *bare]) == 1
    told = capsys.readouterr()
    assert told.err == ""
    content = json.loads(told.out)
    assert (content["result"], content["weights"]) == ("different", "identical")
    assert content["largest_difference"]["name"] == "loss"
