"""Merges the shards of a sweep into the sweep that was divided.

The new sweep is written into a hidden folder, which gets its name in one step when it is complete. The files of the
trials are hard links to those of the shards where the file system allows it, else copies; the shards stay as they are.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import msgspec

from nnrun.experiment.folds import FOLD_PATH
from nnrun.runs import layout
from nnrun.runs.atomic import write_bytes
from nnrun.runs.lock import occupied
from nnrun.runs.moved_run import lead_from
from nnrun.runs.relative_path import relative_path
from nnrun.runs.storage_errors import storage_errors
from nnrun.sweep.results.centers import write_ranked_summary
from nnrun.sweep.results.configurations import read_configurations
from nnrun.sweep.results.cross_validation import fold_verdicts
from nnrun.sweep.results.finished_shard import FinishedShard, read_shard
from nnrun.sweep.results.held_out import write_held_out
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.results.outcomes import FolderOutcomes, Outcomes
from nnrun.sweep.results.shard_check import refuse_gaps, refuse_others
from nnrun.sweep.results.tables import read_table, write_outcomes
from nnrun.sweep.sweep_end import Sweep
from nnrun.sweep.sweep_folder import base_folder, hidden_sweep, reveal_sweep
from nnrun.sweep.sweep_record import SweepRecord, read_sweep_record, write_sweep
from nnrun.sweep.table.array_parts import NpzRows
from nnrun.sweep.table.finished_rows import finished_rows
from nnrun.sweep.table.table_files import write_merged_files
from nnrun.sweep.table.table_outcomes import TableOutcomes
from nnrun.sweep.table.trial_table import TrialTable


def merge_shards(folders: Sequence[Path], *, runs_dir: Path = Path("runs"), command: tuple[str, ...] = ()) -> Sweep:
    """Merges all shards of a sweep into one sweep with the tables of an undivided one.

    Args:
        folders: the folders of the shards, in any order.
        runs_dir: the folder of all runs, in which the sweep gets a folder of its own.
        command: the command line, for the record.

    Raises:
        ExperimentError: the shards are not all those of one sweep, each once and finished; no folder is left behind.
        ResumeError: a shard is being trained.
        StorageError: a file or folder could not be read or written, or is damaged.
    """
    with ExitStack() as stack:
        for folder in dict.fromkeys(folder.resolve() for folder in folders):
            stack.enter_context(occupied(folder))
        parts = sorted((read_shard(folder) for folder in folders), key=lambda part: part.shard.number)
        refuse_others(parts)
        refuse_gaps(parts)
        return _join(parts, runs_dir, command)


def _join(parts: Sequence[FinishedShard], runs_dir: Path, command: tuple[str, ...]) -> Sweep:
    """Writes the merged sweep."""
    in_table = parts[0].record.keep == "table"
    outcomes = _rows(parts) if in_table else _folders(parts)
    objective, reaching = parts[0].record.ranked_by, parts[0].record.reach is not None
    best = outcomes.leading(objective, reaching=reaching)
    record = _record(parts, outcomes, best, command)
    hidden = hidden_sweep(runs_dir)
    try:
        if in_table:
            files = [NpzRows(part.folder / layout.TRIALS_ARRAYS) for part in parts]
            write_merged_files(hidden, files, record.columns, reaching=reaching, rated=objective is not None)
        else:
            _write_folders(parts, hidden, record, outcomes, best)
        write_bytes(hidden / layout.EXPERIMENT, parts[0].source)
        configurations = read_configurations(hidden, record.columns, reaching=reaching)
        write_ranked_summary(hidden / layout.SUMMARY, configurations, record.columns, objective)
        base = base_folder(parts[0].folder, record)
        rows = read_table(hidden / layout.TRIALS_TABLE) if FOLD_PATH in record.columns else []
        if record.columns == (FOLD_PATH,):
            write_held_out(hidden, rows)
        expected = fold_verdicts(hidden, rows, record.columns)
        here = relative_path(str(base), hidden)
        write_sweep(hidden, msgspec.structs.replace(record, base=str(base), base_from_here=here, expectations=expected))
        folder = reveal_sweep(hidden, runs_dir, record.name)
    except BaseException:
        shutil.rmtree(hidden, ignore_errors=True)
        raise
    return Sweep(folder, read_sweep_record(folder), outcomes)


def _rows(parts: Sequence[FinishedShard]) -> TableOutcomes:
    """The outcomes of trials that are rows of tables."""
    found = TableOutcomes()
    for part in parts:
        for block in finished_rows(TrialTable.open(part.folder)):
            found.add(block)
    return found


def _folders(parts: Sequence[FinishedShard]) -> FolderOutcomes:
    """The outcomes of trials with folders."""
    return FolderOutcomes({i: outcome for part in parts for i, outcome in part.outcomes.items()})


def _write_folders(
    parts: Sequence[FinishedShard],
    hidden: Path,
    record: SweepRecord,
    outcomes: Outcomes,
    best: TrialOutcome | None,
) -> None:
    """Links the folders of the trials, and writes their table."""
    for part in parts:
        for outcome in part.outcomes.values():
            _link_trial(part.folder, hidden, outcome, weights=record.keep != "best" or outcome is best)
    settings = {index: texts for part in parts for index, texts in part.settings.items()}
    write_outcomes(
        hidden,
        record.columns,
        settings,
        outcomes,
        reaching=record.reach is not None,
        rated=record.ranked_by is not None,
    )


def _record(
    parts: Sequence[FinishedShard], outcomes: Outcomes, best: TrialOutcome | None, command: tuple[str, ...]
) -> SweepRecord:
    """The record of the merged sweep, whose best trial is the best one of its shard, too."""
    records = [part.record for part in parts]
    counts = outcomes.counts()
    return msgspec.structs.replace(
        records[0],
        status="failed" if counts.get("failed") else "completed",
        started=min((record.started for record in records), key=datetime.fromisoformat),
        finished=max((record.finished or record.started for record in records), key=datetime.fromisoformat),
        resumed=(),
        trials=len(outcomes),
        counts={kind: counts.get(kind, 0) for kind in ("completed", "failed")},
        command=command,
        git=records[0].git if all(record.git == records[0].git for record in records) else None,
        best=next((one.best for one in records if best and one.best and one.best.index == best.index), None),
        shard=None,
        merged=tuple(str(part.folder) for part in parts),
        files={file: digest for record in records for file, digest in record.files.items()},
    )


def _link_trial(shard: Path, sweep: Path, outcome: TrialOutcome, *, weights: bool) -> None:
    """Makes hard links to the files of a shard's trial, or copies."""
    ignored = (
        None if weights else shutil.ignore_patterns(layout.WEIGHTS, layout.DATA, layout.VOCABULARY, *layout.WHOLE_RUN)
    )
    target = sweep / outcome.folder
    with storage_errors("write", target):
        try:
            shutil.copytree(shard / outcome.folder, target, symlinks=True, ignore=ignored, copy_function=_link)
        except shutil.Error as error:  # several files; the reason of the first
            raise OSError(0, error.args[0][0][2]) from error
    lead_from(target, target, source=shard / outcome.folder)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # another disk, or a file system without hard links
        shutil.copy2(source, target)
