"""Listeners that end a run or a sweep at a safe point if a signal came; these show nothing."""

from __future__ import annotations

from collections.abc import Callable

from nnrun.cli.signals import before_exit, raise_if_interrupted
from nnrun.run_listener import RunListener
from nnrun.sweep.listener import SweepListener


class _Interruptible:
    def on_safe_point(self) -> None:
        raise_if_interrupted()

    def on_emergency_save(self, save: Callable[[], str | None]) -> None:
        before_exit(save, by_signal=True)


class InterruptibleListener(_Interruptible, RunListener):
    """The listener of a run."""

    def on_stage(self, stage: str) -> None:
        raise_if_interrupted()


class InterruptibleSweepListener(_Interruptible, SweepListener):
    """The listener of a sweep."""
