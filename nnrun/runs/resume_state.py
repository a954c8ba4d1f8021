"""What an interrupted run left in its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnrun.errors import Problem, ResumeError
from nnrun.runs.checkpoint import Checkpoint, find_checkpoint
from nnrun.runs.identity import Identity, refuse_differences
from nnrun.runs.record import RunRecord, read_record


@dataclass(frozen=True)
class ResumeState:
    """What an interrupted run left.

    Args:
        record: its record.
        checkpoint: the state to resume from; None where none was written yet.
        damage: what is wrong with a later checkpoint, in words.
        force: whether to resume where the result will differ from that of an uninterrupted run.
    """

    record: RunRecord
    checkpoint: Checkpoint | None
    damage: str | None = None
    force: bool = False

    @property
    def epochs(self) -> int:
        """The number of epochs that are already trained."""
        return int(self.checkpoint.arrays["epochs"]) if self.checkpoint else 0

    def check_identity(self, now: Identity) -> None:
        """Refuses to resume where the result would be another one, unless forced.

        Raises:
            ResumeError: with a problem for each difference.
        """
        if self.checkpoint and not self.force:
            hint = "The result would differ from that of an uninterrupted run. To resume anyway: --force"
            refuse_differences(self.checkpoint.identity, now, "when the run stopped", hint)

    def check_epochs(self, requested: int) -> None:
        """Refuses to make a run shorter.

        Raises:
            ResumeError: more epochs are already trained than requested.
        """
        if requested < self.epochs:
            message = f"The run has already trained {self.epochs} epochs. Received: epochs={requested}"
            raise ResumeError(Problem(message, hint="For a shorter run, train the experiment again."))


def read_resume_state(folder: Path, *, force: bool = False) -> ResumeState:
    """What the run in `folder` left.

    Raises:
        ResumeError: every checkpoint is damaged.
        StorageError: a file cannot be read.
    """
    found = find_checkpoint(folder)
    if found is None:
        return ResumeState(read_record(folder), None, force=force)
    return ResumeState(read_record(folder), found.checkpoint, found.damage, force)
