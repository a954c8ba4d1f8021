"""A watcher that interrupts a sweep."""

from nnrun.errors import Interrupted
from nnrun.sweep.listener import SweepListener


class Stopping(SweepListener):
    """Ends the sweep after so many trials, as Ctrl-C would."""

    def __init__(self, trials: int) -> None:
        self.left = trials

    def on_trial_end(self, trial, outcome) -> None:
        self.left -= 1
        if not self.left:
            raise Interrupted("Interrupted.")
