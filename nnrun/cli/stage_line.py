"""What a command is doing, on standard error: one line that changes on a terminal, a line per stage elsewhere."""

from __future__ import annotations

import atexit
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Literal, TextIO

from rich.console import Console
from rich.text import Text

from nnrun.cli.interruptible import InterruptibleListener
from nnrun.cli.signals import raise_if_interrupted
from nnrun.cli.terminal import is_ci, is_plain, is_styled
from nnrun.errors import OutputClosed, printable

if TYPE_CHECKING:
    from pathlib import Path

    from rich.status import Status

    from nnrun.experiment.experiment import Experiment


_COUNT = re.compile(r"\d+ of \d+$")
_SPINNER = "dots"


@cache
def _own_stream() -> TextIO:
    stream = open(os.dup(2), "w", encoding=sys.stderr.encoding, errors="replace")  # noqa: SIM115
    atexit.register(stream.close)
    return stream


def close_own_stream() -> None:
    """Closes the descriptor of live lines, at the end of a command whose process goes on."""
    if _own_stream.cache_info().currsize:
        _own_stream().close()
        _own_stream.cache_clear()


class StandardError(Console):
    """Standard error; when it is closed, the command ends as at a signal, and a run can be resumed.

    A live line has a descriptor of its own, because the messages of TensorFlow's import are hidden.

    Args:
        plain: whether it gets lines of up to 120 columns, without escape codes unless FORCE_COLOR asks for colors.
    """

    def __init__(self, plain: bool) -> None:
        if plain:
            colors: Literal["standard"] | None = "standard" if is_styled(sys.stderr) else None
            super().__init__(stderr=True, color_system=colors, force_terminal=False, width=120, highlight=False)
        else:
            super().__init__(file=_own_stream(), highlight=False)

    def on_broken_pipe(self) -> None:
        raise OutputClosed("The output was closed.")


class StageLine:
    """The stage that a command is at.

    Args:
        console: standard error.
        silent: whether no stage is shown, as in the log of a build server.
    """

    def __init__(self, console: Console, silent: bool = False) -> None:
        self.console = console
        self.silent = silent
        self._status: Status | None = None
        self._shown = ""

    def show(self, stage: str) -> None:
        """Shows a stage, such as `building`, in place of the one before; a safe point of its command.

        A stage is seen however short it is: it is drawn as it begins, a further count of it with the next turn of
        the spinner. Without a terminal, `drawing 1 of 9`, `drawing 2 of 9`, … are the one line `drawing 9 pictures`.
        """
        raise_if_interrupted()
        if self.silent:
            return
        without_count = _COUNT.sub("", stage)
        begins = without_count != self._shown
        self._shown = without_count
        if self.console.is_terminal:
            self._draw(stage, begins)
        elif begins:
            stage = re.sub(r"drawing \d+ of (\d+)$", _pictures, stage)
            self.console.print(Text(printable(f"{stage} …")), soft_wrap=True)

    def _draw(self, stage: str, begins: bool) -> None:
        text = Text(printable(f"{stage} …"), no_wrap=True, overflow="ellipsis")
        if self._status is None:
            self._status = self.console.status(text, spinner=_SPINNER)
            self._status.start()
            begins = True
        self._status.update(text, spinner=_SPINNER if begins else None)  # which, if given, is drawn at once

    def clear(self) -> None:
        """Removes the line from the terminal, before other output."""
        if self._status is not None:
            self._status.stop()
            self._status = None


def _pictures(count: re.Match[str]) -> str:
    return f"drawing {count[1]} picture{'s' * (count[1] != '1')}"


class StageListener(InterruptibleListener):
    """Shows the stages of a run and nothing else.

    Args:
        line: where they are shown.
        run: which run it is.
    """

    def __init__(self, line: StageLine, run: str) -> None:
        self.line = line
        self.run = run
        self.epochs = self.epoch = 0

    def on_claimed(self, experiment: Experiment, folder: Path) -> None:
        self.epochs = experiment.epochs

    def on_resumed(self, experiment: Experiment, folder: Path, epochs: int) -> None:
        self.epochs, self.epoch = experiment.epochs, epochs

    def on_epochs(self, history: Mapping[str, Sequence[float]]) -> None:
        self.epoch += len(history["loss"])
        self.line.show(f"{self.run}: epoch {self.epoch} of {self.epochs}")

    def on_emergency_save(self, save: Callable[[], str | None]) -> None:
        """Saves nothing: the folder of the run is removed."""

    def on_stage(self, stage: str) -> None:
        self.line.show(f"{self.run}: {stage}")


@contextmanager
def shown_stages(first: str, *, quiet: bool = False) -> Iterator[StageLine]:
    """The stages of a command that has no listener.

    Args:
        first: the first stage.
        quiet: whether to show nothing.
    """
    line = StageLine(StandardError(is_plain(sys.stderr)), silent=quiet or is_ci())
    line.show(first)
    try:
        yield line
    finally:
        line.clear()
