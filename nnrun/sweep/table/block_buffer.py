"""Blocks on their way to the disk: trials that end one by one are written some at a time."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnrun.data.dataset import Array
from nnrun.sweep.table.block_files import write_block
from nnrun.sweep.table.trial_block import TrialBlock

# A file has at most so many trials, and a trial waits at most so many seconds for others.
_MOST_TRIALS = 4096
_MOST_SECONDS = 1.0

_GROUPS = ("settings", "final", "best", "curves", "weights", "rungs", "conditions")
_PLAIN = ("index", "status", "epochs", "reached", "met", "objective", "best_epoch", "seconds", "reason")


class BlockBuffer:
    """Collects blocks and writes them.

    Args:
        folder: the sweep's folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.waiting: dict[object, list[TrialBlock]] = {}
        self.trials = 0
        self.written = time.monotonic()

    def add(self, block: TrialBlock) -> None:
        """Adds a block; writes what waits if it is enough.

        Raises:
            StorageError: a file could not be written.
        """
        self.waiting.setdefault(_form(block), []).append(block)
        self.trials += len(block)
        if self.trials >= _MOST_TRIALS or time.monotonic() - self.written >= _MOST_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Writes all that waits, durably.

        Raises:
            StorageError: a file could not be written.
        """
        while self.waiting:
            form, blocks = next(iter(self.waiting.items()))
            write_block(self.folder, joined(blocks))
            del self.waiting[form]
        self.trials, self.written = 0, time.monotonic()


def _form(block: TrialBlock) -> object:
    """What blocks that are joined have in common: the types of their settings, and the shapes of their weights."""
    settings = tuple((name, values.dtype.kind) for name, values in block.settings.items())
    return settings, tuple((name, values.shape[1:]) for name, values in block.weights.items())


def joined(blocks: Sequence[TrialBlock]) -> TrialBlock:
    """Blocks of the same form as one; what some lack is NaN."""
    fields: dict[str, Any] = {name: np.concatenate([getattr(block, name) for block in blocks]) for name in _PLAIN}
    sizes = [len(block) for block in blocks]
    fields |= {group: _group([getattr(block, group) for block in blocks], sizes) for group in _GROUPS}
    return TrialBlock(**fields, curve_epochs=blocks[0].curve_epochs)


def _group(groups: Sequence[Mapping[str, Array]], sizes: Sequence[int]) -> dict[str, Array]:
    known = {name: values for group in groups for name, values in group.items()}
    both = list(zip(groups, sizes, strict=True))
    return {
        name: np.concatenate([group[name] if name in group else _nothing(like, size) for group, size in both])
        for name, like in known.items()
    }


def _nothing(like: Array, trials: int) -> Array:
    """NaN for trials that lack an array that others have."""
    return np.full((trials, *like.shape[1:]), np.nan, like.dtype)
