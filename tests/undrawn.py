"""Sweeps whose best trial is made a whole run but for its pictures, which a test does not look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from nnrun.run_options import RunOptions
from nnrun.sweep import sweep
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.whole_run import complete_trial


def complete_undrawn(trial: Path, options: RunOptions, listener: SweepListener) -> None:
    complete_trial(trial, replace(options, plotted=False, animated=False, reported=False), listener)


@contextmanager
def undrawn() -> Iterator[None]:
    """Draws no pictures of the best trials of the sweeps in its block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "complete_trial", complete_undrawn)
        yield
