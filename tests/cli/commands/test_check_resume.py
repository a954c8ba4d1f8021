"""`nnrun check-resume` as a whole command; what it compares is in `test_resume`."""

from __future__ import annotations

import pytest

from experiments import EXPERIMENTS
from nnrun.cli.main import run

XOR = str(EXPERIMENTS / "xor.yaml")


@pytest.mark.parametrize("epoch", ["12", "500"])
def test_an_interruption_after_the_last_epoch_is_refused(epoch: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check-resume", XOR, "--set", "epochs=12", "--at", epoch]) == 2
    assert f"must be after an epoch between 1 and 11. Received: {epoch}" in capsys.readouterr().err
