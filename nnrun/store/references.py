"""The names by which a run is given: its folder, the beginning of its name, `latest`, `best:METRIC`, `SWEEP/INDEX`."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from nnrun.errors import Problem, RunError, did_you_mean, listed
from nnrun.experiment.metric_direction import larger_is_better
from nnrun.runs import layout
from nnrun.runs.storage_errors import storage_errors
from nnrun.store.collection import folder_names, no_folder, read_runs
from nnrun.store.stored_run import StoredRun

LATEST = "latest"
BEST = "best"

_MOST_NAMED = 10
_MOST_KNOWN = 1000  # the newest runs, with which a misspelt name is compared
_SOUGHT = {False: "run", True: "run or sweep"}
_FORMS = (
    f"A run is named by its folder, the beginning of its name, {LATEST}, {LATEST}:NAME, {BEST}:METRIC or SWEEP/INDEX."
)


def find_run(reference: str, runs_dir: Path, *, sweeps: bool = False) -> Path:
    """The folder of the run or sweep that is meant.

    Args:
        reference: a folder; the name of a run in `runs_dir` or its beginning; `latest`, or `latest:NAME` for the
            newest run of the experiment NAME; `best:METRIC`, or `best:METRIC:NAME`, for the completed run whose final
            metric is the best; `SWEEP/INDEX` for a trial, where SWEEP is given in any of these ways.
        runs_dir: the folder of all runs.
        sweeps: whether it may be a sweep.

    Raises:
        RunError: there is no such run, or it could be several.
    """
    folder = _find(reference, runs_dir, sweeps)
    with storage_errors("read", folder):
        swept = (folder / layout.SWEEP_RECORD).is_file()
        recorded = swept or os.path.lexists(folder / layout.RECORD)
    if swept and not sweeps:
        hint = f"Name one of its trials, as {reference}/0."
        if _is_table(folder):
            hint = f"Its trials are rows of a table. Train one of them: {_making(folder, 0)}"
        raise RunError(Problem(f"{folder} is the folder of a sweep, not of a run.", hint=hint))
    if not recorded:
        raise RunError(Problem(f"{folder} is not the folder of a run: it has no {layout.RECORD}.", hint=_FORMS))
    return folder


def find_trial(reference: str, runs_dir: Path) -> tuple[Path, int]:
    """The folder of a sweep, and the number of one of its trials, which need not have a folder.

    Args:
        reference: `SWEEP/INDEX`, where SWEEP is given as for `find_run`.
        runs_dir: the folder of all runs.

    Raises:
        RunError: the name has another form, or there is no such sweep.
    """
    sweep, slash, index = reference.rstrip("/").rpartition("/")
    if not slash or not index.isdecimal():
        hint = f"A trial is named by its sweep and its number, as {LATEST}/0."
        raise RunError(Problem(f'"{reference}" names no trial of a sweep.', hint=hint))
    return find_run(sweep, runs_dir, sweeps=True), int(index)


def find_trials(reference: str, runs_dir: Path) -> Path:
    """The folder with the folders of the trials of a sweep; arguments and errors are those of `find_run`.

    Raises:
        RunError: it is no sweep, or its trials are rows of a table.
    """
    sweep = find_run(reference, runs_dir, sweeps=True)
    if not (sweep / layout.SWEEP_RECORD).is_file():
        raise RunError(Problem(f"{sweep} is not the folder of a sweep.", hint="List sweeps: nnrun list --sweep"))
    if _is_table(sweep):
        message = f"The trials of {sweep} are rows of its table {layout.TRIALS_TABLE}, and have no folders."
        raise RunError(Problem(message, hint=f"Make the run folder of one: {_making(sweep, 0)}"))
    return sweep / layout.TRIALS


def trial_folder(sweep: Path, index: int) -> Path | None:
    """The folder of a trial of the sweep in a folder; None where it has none."""
    number = f"{index:04d}"
    found = (sweep / layout.TRIALS).glob(f"{number}*")
    return min((path for path in found if path.name.partition("-")[0] == number), default=None)


def _find(reference: str, runs_dir: Path, sweeps: bool) -> Path:
    if Path(reference).is_dir():
        return Path(reference)
    sweep, slash, index = reference.rstrip("/").rpartition("/")
    if slash and index.isdecimal():
        return _trial(_find(sweep, runs_dir, sweeps=True), int(index))
    kind, colon, rest = reference.partition(":")
    if (kind == LATEST or (kind == BEST and colon)) and not runs_dir.is_dir():
        raise RunError(no_folder(runs_dir))
    if kind == LATEST:
        return _latest(runs_dir, rest if colon else None, sweeps)
    if kind == BEST and colon:
        return _best(runs_dir, *rest.partition(":")[::2])
    return _beginning_with(reference, runs_dir, sweeps)


def _is_run(folder: Path) -> bool:
    return (folder / layout.RECORD).is_file()


def _is_named(folder: Path) -> bool:
    return _is_run(folder) or (folder / layout.SWEEP_RECORD).is_file()


def _beginning_with(text: str, runs_dir: Path, sweeps: bool) -> Path:
    names = sorted(folder_names(runs_dir)) if runs_dir.is_dir() else []
    beginning = (name for name in names if name.startswith(text)) if "/" not in text else ()
    found = [name for name in beginning if _is_named(runs_dir / name)]
    if text in found or len(found) == 1:
        return runs_dir / (text if text in found else found[0])
    if found:
        message = f'"{text}" could be any of {len(found)} runs: {listed(found, _MOST_NAMED)}.'
        raise RunError(Problem(message, hint="Write more of its name."))
    if Path(text).is_file():
        model = f"For an experiment with its layers: {shlex.join(['nnrun', 'new', text])}"
        hint = model if text.endswith(".keras") else _FORMS
        raise RunError(Problem(f"{text} is a file, not the folder of a run.", hint=hint))
    if "/" in text:
        raise RunError(Problem(f"Could not read {text}: there is no such file or folder.", hint=_FORMS))
    known = [name for name in names[-_MOST_KNOWN:] if _is_named(runs_dir / name)]
    hint = (text != BEST and did_you_mean(text, [*known, LATEST])) or _named_like(text, known) or _FORMS
    raise RunError(Problem(f'There is no {_SOUGHT[sweeps]} "{text}" in {runs_dir}.', hint=hint))


def _named_like(text: str, names: Sequence[str]) -> str | None:
    """The newest runs whose name holds the text, as that of an experiment is in the name of its runs."""
    found = [name for name in reversed(names) if text and text in name]
    return f"Do you mean {listed(found, 3)}?" if found else None


def _latest(runs_dir: Path, experiment: str | None, sweeps: bool) -> Path:
    newest = sorted(folder_names(runs_dir), reverse=True)  # the order of their starts
    named = [runs_dir / name for name in newest if experiment is None or experiment in _experiments(name)]
    # Where there is no run, a sweep is what is meant, and is refused by its own name.
    for is_meant in (_is_named,) if sweeps else (_is_run, _is_named):
        if (found := next((folder for folder in named if is_meant(folder)), None)) is not None:
            return found
    raise _none(runs_dir, experiment, sweeps)


def _experiments(folder: str) -> tuple[str, ...]:
    """What the experiment of `20261123-142233-xor-2` may be called: `xor-2`, or `xor` where it is the second run."""
    name = folder[len("20261123-142233-") :]
    head, _, number = name.rpartition("-")
    return (name, head) if number.isdecimal() else (name,)


def _best(runs_dir: Path, metric: str, experiment: str) -> Path:
    runs: Iterable[StoredRun] = (run for run in read_runs(runs_dir) if run.status == "completed")
    runs = [run for run in runs if run.summary and experiment in ("", run.summary.name)]
    if not runs:
        raise _none(runs_dir, experiment or None, completed=bool(experiment))
    measured = [run for run in runs if not math.isnan(run.metric(metric))]
    if not measured:
        known = dict.fromkeys(name for run in runs if run.summary for name in run.summary.final_metrics)
        hint = did_you_mean(metric, known) or f"They have {listed(list(known))}."
        of = f' of the experiment "{experiment}"' if experiment else ""
        raise RunError(Problem(f'No completed run{of} in {runs_dir} has the metric "{metric}".', hint=hint))
    sign = -1 if larger_is_better(metric) else 1
    return min(measured, key=lambda run: sign * run.metric(metric)).folder  # of equal ones the newest


def _trial(sweep: Path, index: int) -> Path:
    folder = trial_folder(sweep, index)
    if folder is not None:
        return folder
    if _is_table(sweep):
        message = f"Trial {index} of {sweep} is a row of its table, and has no folder."
        raise RunError(Problem(message, hint=f"Make its run folder: {_making(sweep, index)}"))
    what = f"has no trial {index} (the first is 0)" if (sweep / layout.TRIALS).is_dir() else "is not a sweep"
    raise RunError(Problem(f"{sweep} {what}.", hint=_FORMS))


def _is_table(sweep: Path) -> bool:
    """Whether the trials of a sweep are rows of a table, and have no folders."""
    return (sweep / layout.TRIALS_ARRAYS).is_file() or (sweep / layout.BLOCKS).is_dir()


def _making(sweep: Path, index: int) -> str:
    return shlex.join(["nnrun", "train", "--trial", f"{sweep}/{index}"])


def _none(runs_dir: Path, experiment: str | None, sweeps: bool = False, completed: bool = False) -> RunError:
    what = "completed run" if completed else _SOUGHT[sweeps]
    of = f' of an experiment "{experiment}"' if experiment is not None else ""
    newest = sorted(folder_names(runs_dir))[-_MOST_KNOWN:]
    known = dict.fromkeys(each for name in newest if _is_named(runs_dir / name) for each in _experiments(name))
    known.pop(experiment or "", None)  # its runs have another status, or it names a sweep
    hint = did_you_mean(experiment or "", known) or "nnrun list shows all runs."
    return RunError(Problem(f"There is no {what}{of} in {runs_dir}.", hint=hint))
