"""What a running sweep keeps of its finished trials: a folder of each, or a row of a table."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nnrun.errors import Problem, ResumeError
from nnrun.experiment.sweep_section import Keep
from nnrun.runs import layout
from nnrun.sweep.plan.plan import SweepPlan
from nnrun.sweep.plan.trial import Trial, written
from nnrun.sweep.results.outcome import TrialOutcome, trial_rank
from nnrun.sweep.results.outcomes import FolderOutcomes
from nnrun.sweep.results.tables import write_trials
from nnrun.sweep.sweep_end import write_summary
from nnrun.sweep.table.block_buffer import BlockBuffer
from nnrun.sweep.table.finished_rows import finished_rows, written_settings
from nnrun.sweep.table.table_files import write_table_files
from nnrun.sweep.table.table_outcomes import TableOutcomes
from nnrun.sweep.table.trial_block import TrialBlock
from nnrun.sweep.table.trial_table import TrialTable
from nnrun.sweep.trial_folders import finished_trials, refuse_other_draws, remove_weights

# The table of a running sweep with folders is rewritten after so many seconds, or ten times what writing it takes.
_TABLE_SECONDS = 5.0

# From so many trials on the results are a table, unless another is asked for.
TABLE_FROM = 2000


def kept_by_default(plan: SweepPlan) -> Keep:
    """What a sweep keeps where neither its file nor the command says.

    Args:
        plan: its trials.
    """
    return "table" if plan.count >= TABLE_FROM and not plan.cross_validated else "all"


class KeptFolders:
    """Trials with folders.

    Args:
        folder: the sweep's folder.
        plan: the trials.
        keep: whose weights are kept.
        outcomes: the outcomes of the finished trials, by index.
    """

    def __init__(self, folder: Path, plan: SweepPlan, keep: Keep, outcomes: Mapping[int, TrialOutcome]) -> None:
        self.folder = folder
        self.keep = keep
        self.outcomes = FolderOutcomes(outcomes)
        self.rank = trial_rank(plan.settings.objective, reaching=plan.reach is not None)
        self.best = min(outcomes.values(), key=self.rank, default=None)
        self.next_table = time.monotonic() + _TABLE_SECONDS
        if keep == "best":  # a killed process had not removed these yet
            for outcome in outcomes.values():
                if outcome is not self.best:
                    remove_weights(folder, outcome)

    def add(self, outcome: TrialOutcome, plan: SweepPlan) -> None:
        """Adds a finished trial."""
        self.outcomes[outcome.index] = outcome
        if self.keep == "best":
            self._keep_best(outcome)
        began = time.monotonic()
        if began >= self.next_table:
            write_trials(self.folder, plan, self.outcomes)
            self.next_table = time.monotonic() + max(_TABLE_SECONDS, 10 * (time.monotonic() - began))

    def _keep_best(self, outcome: TrialOutcome) -> None:
        """Removes the weights of the worse of two trials: this one and the best so far."""
        better = self.best is None or self.rank(outcome) < self.rank(self.best)
        worse = self.best if better else outcome
        self.best = outcome if better else self.best
        if worse is not None:
            remove_weights(self.folder, worse)

    def refuse_other_draws(self, trials: Iterable[Trial]) -> None:
        """Refuses to resume a search that draws other trials than before.

        Raises:
            ResumeError: a finished trial has other settings than those now drawn.
        """
        refuse_other_draws(trials, self.outcomes)

    def write_tables(self, plan: SweepPlan, *, finished: bool) -> None:
        """Writes the tables.

        Raises:
            StorageError: a file could not be read or written.
        """
        write_trials(self.folder, plan, self.outcomes)
        write_summary(self.folder, plan, self.outcomes)


class KeptTable:
    """Trials that are rows of a table.

    Args:
        folder: the sweep's folder.
        before: the trials that were finished when the sweep was resumed, if any.
    """

    def __init__(self, folder: Path, before: TrialTable | None = None) -> None:
        self.folder = folder
        self.before = before
        self.outcomes = TableOutcomes()
        self.buffer = BlockBuffer(folder)
        for block in finished_rows(before) if before is not None else ():
            self.outcomes.add(block)

    def add(self, block: TrialBlock, plan: SweepPlan) -> None:
        """Adds finished trials."""
        self.outcomes.add(block)
        self.buffer.add(block)

    def refuse_other_draws(self, trials: Sequence[Trial]) -> None:
        """As `KeptFolders.refuse_other_draws`."""
        if self.before is None:
            return
        known = written_settings(self.before, [trial.index for trial in trials])
        for trial in trials:
            if trial.index in self.outcomes and _texts(trial.settings) != known.get(trial.index):
                message = f"The search now draws other settings for trial {trial.index}."
                hint = f"Resume it with the versions of Optuna and NumPy in {layout.SWEEP_RECORD}."
                raise ResumeError(Problem(message, hint=hint))

    def write_tables(self, plan: SweepPlan, *, finished: bool) -> None:
        """Writes the tables; the blocks of a finished sweep become one file.

        Raises:
            StorageError: a file could not be read or written.
        """
        self.buffer.flush()
        if len(self.outcomes):
            how: dict[str, Any] = {"reaching": plan.reach is not None, "rated": plan.tracker is not None}
            write_table_files(self.folder, plan.columns, finished=finished, **how)
            write_summary(self.folder, plan, self.outcomes)


def _texts(settings: Mapping[str, Any]) -> dict[str, str]:
    return {path: written(value) for path, value in settings.items()}


def finished_before(folder: Path, plan: SweepPlan, keep: Keep, *, retry_failed: bool) -> KeptFolders | KeptTable:
    """What a resumed sweep has finished already.

    Args:
        folder: the sweep's folder.
        plan: the trials.
        keep: what is kept of them.
        retry_failed: whether all failed trials are forgotten; those that lost their process or memory always are.

    Raises:
        StorageError: the table cannot be read.
    """
    if keep == "table":
        kept = KeptTable(folder, TrialTable.open(folder))
        kept.outcomes.discard_failed(lost_only=not retry_failed)
        return kept
    finished = finished_trials(folder, plan)
    if retry_failed:
        finished = {i: outcome for i, outcome in finished.items() if outcome.status != "failed"}
    return KeptFolders(folder, plan, keep, finished)
