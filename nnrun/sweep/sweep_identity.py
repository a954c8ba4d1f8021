"""What decides the results of a sweep: its experiment file, its data files, versions, threads and device."""

from __future__ import annotations

import hashlib

from nnrun.errors import Problem, ResumeError
from nnrun.model.environment import deciding_variables
from nnrun.runs import layout
from nnrun.runs.identity import Identity, differences
from nnrun.runs.provenance import versions
from nnrun.sweep.plan.plan import SweepPlan
from nnrun.sweep.sweep_record import SweepRecord


def experiment_sha256(plan: SweepPlan) -> str:
    """The SHA-256 of the experiment file."""
    return hashlib.sha256(plan.request.source).hexdigest()


def check_same_sweep(record: SweepRecord, plan: SweepPlan, threads: int, device: str, *, force: bool) -> list[str]:
    """Checks that a sweep can be resumed with the results of an uninterrupted one.

    Args:
        record: the sweep's record.
        plan: the trials of its experiment file as it is now.
        threads: the number of threads from now on.
        device: the requested device from now on.
        force: whether to resume it with other results.

    Returns:
        What differs and was forced, in sentences.

    Raises:
        ResumeError: with a problem for each difference, or because its trials are not those that it began with.
    """
    if (record.trials, record.columns) != (plan.count, plan.columns):
        trials = f"{record.trials} trials over {', '.join(record.columns)}"
        raise ResumeError(f"The sweep began with {trials}; its file now gives {plan.count}.")
    known = {layout.EXPERIMENT: record.experiment_sha256} if record.experiment_sha256 else {}
    then = Identity(
        versions=record.versions,
        environment=record.environment,
        device=record.device,
        threads=record.threads,
        files={**record.files, **known},
    )
    files = {**plan.file_digests, layout.EXPERIMENT: experiment_sha256(plan)}
    now = Identity(versions=versions(), environment=deciding_variables(), device=device, threads=threads, files=files)
    sentences = [difference.since("when the sweep began") for difference in differences(then, now)]
    if sentences and not force:
        hint = "The results would not be those of an uninterrupted sweep. Resume it anyway with --force."
        raise ResumeError(*sentences[:-1], Problem(sentences[-1], hint=hint))
    return sentences
