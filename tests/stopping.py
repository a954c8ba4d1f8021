"""A watcher that interrupts a sweep."""

import shutil
from pathlib import Path

from nnrun.errors import Interrupted
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.results.tables import read_table


class Stopping(SweepListener):
    """Ends the sweep after so many trials, as Ctrl-C would."""

    def __init__(self, trials: int) -> None:
        self.left = trials

    def on_trial_end(self, trial, outcome) -> None:
        self.left -= 1
        if not self.left:
            raise Interrupted("Interrupted.")


def remove_untold_trials(folder: Path) -> None:
    """Removes from an interrupted sweep what its worker has finished in the moment before it was ended."""
    told = {folder / row["folder"] for row in read_table(folder / "trials.csv")}
    for trial in (folder / "trials").iterdir():
        if trial not in told:
            shutil.rmtree(trial)
