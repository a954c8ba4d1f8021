"""How runs are computed and stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.data.files.data_files import CellRoom, cell_room
from nnrun.experiment.code.code_file import CodeAccess
from nnrun.runs.interval import Interval
from nnrun.runs.record import SourceRun

if TYPE_CHECKING:
    from nnrun.plots.artist import Artist
    from nnrun.training.shared_models import SharedModels


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
        plotted: whether the pictures are drawn; what they are drawn from is saved all the same.
        artist: draws the pictures of several runs; None for a process of each run's own.
        models: the models of several runs, which this one may be trained on; None for a new one.
        reported: whether the report is written.
        memory: the bytes of memory of this machine; None where that is not known.
        free_memory: the bytes of memory that are free, which decide whether data are streamed; None likewise.
        source_run: the run whose resolved file is trained again, for the record; None for any other experiment.
        git_patch: whether the uncommitted changes of the repository around the experiment are saved.
        data_folders: folders whose data files may be read, wherever the experiment lies.
        code: the permission to run the Python code that an experiment names; None where there is none.
        baseline: the folder or file of the run that expectations compare with; None where there is none.
        until: the epoch, from 1, after which the run interrupts itself; None for the last one.
    """

    keras_home: Path
    device: str | None = None
    threads: int | None = None
    every: Interval = field(default_factory=Interval)
    command: tuple[str, ...] = ()
    animated: bool = True
    plotted: bool = True
    artist: Artist | None = None
    models: SharedModels | None = None
    reported: bool = True
    memory: int | None = None
    free_memory: int | None = None
    source_run: SourceRun | None = None
    git_patch: bool = True
    data_folders: tuple[Path, ...] = ()
    code: CodeAccess | None = None
    baseline: Path | None = None
    until: int | None = None

    @property
    def files(self) -> tuple[tuple[Path, ...], CodeAccess | None, CellRoom]:
        """The files that may be read, and where cells are kept that need over a quarter of the free memory."""
        return self.data_folders, self.code, cell_room(self.keras_home, self.free_memory)
