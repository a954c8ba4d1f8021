"""How runs are computed and stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from nnrun.runs.checkpoint_writer import Interval


@dataclass(frozen=True)
class RunOptions:
    """How runs are computed and stored.

    Args:
        keras_home: where Keras keeps downloaded data sets.
        device: `auto`, `cpu`, `gpu`, `gpu:N` or `all`; None for that of a resumed run, else `auto`.
        threads: threads that one operation may use; None for those of a resumed run, else one per processor.
        every: how far apart checkpoints are.
        command: the command line, for the record.
        animated: whether the pictures include the animation of the training.
        memory: the bytes of memory of this machine; None where that is not known.
        data_folders: folders whose data files may be read, wherever the experiment lies.
    """

    keras_home: Path
    device: str | None = None
    threads: int | None = None
    every: Interval = field(default_factory=Interval)
    command: tuple[str, ...] = ()
    animated: bool = True
    memory: int | None = None
    data_folders: tuple[Path, ...] = ()
