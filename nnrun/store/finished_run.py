"""The completed run that training an experiment now would repeat."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from nnrun.errors import StorageError
from nnrun.experiment.expect.expectation import Expectation
from nnrun.experiment.experiment import Experiment
from nnrun.network.metric_names import refuse_unmeasured
from nnrun.runs import layout
from nnrun.runs.completed_run import CompletedRun
from nnrun.runs.identity import Identity, differences
from nnrun.runs.judge.run_evidence import RunEvidence
from nnrun.runs.judge.stored_evidence import stored_evidence
from nnrun.runs.judge.verdicts import judge
from nnrun.runs.record import RunRecord, experiment_facts, identity_of_record, read_record
from nnrun.store.collection import runs_with_settings


def find_finished_run(
    experiment: Experiment, now: Identity, runs_dir: Path, baseline: RunEvidence | None = None
) -> CompletedRun | None:
    """The newest completed run of the same experiment, and its record with the verdicts on the present expectations.

    Its settings, data files and all else that decides a result are those of a training now. A run that was resumed
    where its result may differ, or has lost its model, does not count.

    Args:
        experiment: the experiment.
        now: what else decides the result of a training now.
        runs_dir: the folder of all runs.
        baseline: the run that its expectations compare it with.

    Raises:
        ExperimentError: an expectation has an unknown metric.
        StorageError: the folder or the metrics of the run cannot be read.
    """
    settings = experiment_facts(experiment)["settings_sha256"]
    for folder in runs_with_settings(runs_dir, settings) if runs_dir.is_dir() else ():
        with suppress(StorageError):  # it was removed in the meantime
            record = read_record(folder)
            if record.settings_sha256 == settings and _is_repeated(folder, record, now):
                return CompletedRun(folder, _judged(folder, record, experiment, baseline))
    return None


def _is_repeated(folder: Path, record: RunRecord, now: Identity) -> bool:
    """Whether a run of the same settings has the result that a training now would have."""
    whole = all((folder / name).is_file() for name in (layout.MODEL, layout.WEIGHTS, layout.METRICS))
    as_uninterrupted = record.status == "completed" and not record.forced and not record.changes
    # The rows of a training now are not known yet: their generator counts.
    then = msgspec.structs.replace(identity_of_record(record), data=None)
    return whole and as_uninterrupted and not differences(then, now)


def _judged(folder: Path, record: RunRecord, experiment: Experiment, baseline: RunEvidence | None) -> RunRecord:
    compared = any(expectation.needs_baseline for expectation in experiment.expect)
    if _same_expectations(record, experiment.expect) and not compared:
        return record
    refuse_unmeasured(experiment, list(record.final_metrics))
    verdicts = judge(experiment.expect, stored_evidence(folder, record, baseline))
    return msgspec.structs.replace(record, expectations=verdicts)


def _same_expectations(record: RunRecord, expectations: Sequence[Expectation]) -> bool:
    return [verdict.expectation for verdict in record.expectations] == list(map(str, expectations))
