"""When the checkpoint of a run is written."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from nnrun.runs.checkpoint import Checkpoint, write_checkpoint
from nnrun.runs.interval import Interval


class CheckpointWriter:
    """Writes the checkpoints of one run.

    Args:
        folder: the run's folder.
        take: returns the state of the training at the end of its latest chunk.
        every: how far apart they are.
        epochs: the number of epochs that are already trained.
    """

    def __init__(self, folder: Path, take: Callable[[], Checkpoint], every: Interval, epochs: int) -> None:
        self.folder = folder
        self.take = take
        self.every = every
        self.epochs = epochs
        self.written = epochs
        self.moment = time.monotonic()
        self.writing = threading.Lock()

    def passed(self, epochs: int) -> None:
        """Counts further epochs and writes a checkpoint when it is due.

        Raises:
            StorageError: it could not be written.
        """
        self.epochs += epochs
        by_clock = self.every.seconds is not None and time.monotonic() - self.moment >= self.every.seconds
        by_count = self.every.epochs is not None and self.epochs - self.written >= self.every.epochs
        if by_clock or by_count:
            self.write()

    def write(self) -> None:
        """Writes a checkpoint now; from any thread.

        Raises:
            StorageError: it could not be written.
        """
        with self.writing:
            write_checkpoint(self.folder, self.take())
        self.written = self.epochs
        self.moment = time.monotonic()
