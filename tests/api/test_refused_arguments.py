"""Arguments that no call can have: they are refused before anything is read or written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nnrun
from experiments import EXPERIMENTS
from nnrun.api.refused_arguments import refuse_count
from nnrun.errors import UsageError

XOR = str(EXPERIMENTS / "xor.yaml")
GRID = {"seed": [0, 1]}


@pytest.mark.parametrize(
    ("call", "arguments", "message"),
    [
        (nnrun.train, {"threads": 0}, "threads is a whole number of at least 1. Received: 0"),
        (nnrun.train, {"threads": -1}, "threads"),
        (nnrun.train, {"threads": 1.5}, "threads"),
        (nnrun.train, {"threads": True}, "threads"),
        (nnrun.train, {"threads": "2"}, "threads"),
        (nnrun.train, {"settings": ["epochs=3"]}, "settings is a mapping. Received: "),
        (nnrun.sweep, {"grid": GRID, "threads": 0}, "threads"),
        (nnrun.sweep, {"grid": GRID, "jobs": 0}, "jobs is a whole number of at least 1. Received: 0"),
        (nnrun.sweep, {"grid": GRID, "keep": "bset"}, 'Did you mean "best"?'),
        (nnrun.sweep, {"grid": ["seed=0..1"]}, "grid is a mapping. Received: "),
    ],
)
def test_a_training_with_such_an_argument_is_refused_and_leaves_nothing(
    call: Callable[..., Any], arguments: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError) as caught:
        call(XOR, runs_dir=tmp_path, **arguments)
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_negative_number_of_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="last is a whole number of at least 0"):
        nnrun.runs(last=-1, runs_dir=tmp_path)


def test_whole_numbers_of_numpy_and_none_are_taken() -> None:
    refuse_count("threads", np.int64(2))
    refuse_count("threads", None)
