"""`nnrun reproduce` as a whole command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from experiments import EXPERIMENTS

pytestmark = pytest.mark.keras


def nnrun(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nnrun", *arguments]
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_a_run_is_reproduced_and_as_json_the_result_is_one_object(tmp_path: Path) -> None:
    xor = str(EXPERIMENTS / "xor.yaml")
    words = ("--no-plots", "--no-report")
    trained = nnrun("train", "-q", xor, "--set", "epochs=20", "--set", "expect=[loss < 1e-9]", *words, cwd=tmp_path)
    assert trained.returncode == 1
    run = trained.stdout.strip()
    done = nnrun("reproduce", "latest:xor", "--threads", "1", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{run} was trained again in runs/")
    assert "loading TensorFlow" in done.stderr
    record = json.loads((tmp_path / run / "run.json").read_text())
    record["final_metrics"]["loss"] = 0.0001
    (tmp_path / run / "run.json").write_text(json.dumps(record))
    other = nnrun("reproduce", run, "-q", "--format", "json", *words, cwd=tmp_path)
    assert (other.returncode, other.stderr) == (1, "")
    content = json.loads(other.stdout)
    assert (content["result"], content["weights"]) == ("different", "identical")
    assert content["largest_difference"]["name"] == "loss"
