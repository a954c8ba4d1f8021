"""The record of a run, `run.json`: what was run, with what, and what came of it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, get_args

from nnrun.errors import Problem, StorageError
from nnrun.experiment.expectations import Verdict, parse_expectation
from nnrun.runs.atomic import write_text
from nnrun.runs.finding import Finding
from nnrun.runs.storage_errors import storage_errors

if TYPE_CHECKING:
    from nnrun.experiment.experiment import Experiment

FORMAT = 1
RECORD_NAME = "run.json"

_Kind = TypeVar("_Kind")

Status = Literal["running", "completed", "failed", "interrupted", "pruned"]


@dataclass(frozen=True)
class GitState:
    """The commit that was checked out, and whether tracked files differed from it."""

    commit: str
    dirty: bool


@dataclass(frozen=True)
class RunRecord:
    """All that is known of a run apart from its arrays.

    Args:
        name: the experiment's name.
        experiment_sha256: the SHA-256 of the experiment file's bytes, in hexadecimal digits.
        status: how far the run came; `pruned` where a search ended it early.
        started: when it began, with its offset from UTC.
        seed: the seed of everything random.
        command: the command line, one item per argument.
        versions: version by distribution name.
        git: the state of the repository the run started in, if it was one.
        reason: why the run failed or ended early.
        finished: when it ended, with its offset from UTC.
        seconds: how long it took.
        device: what it ran on.
        threads: number of threads within one operation.
        engine: the engine that trained: graph, xla or keras.
        parameters: number of parameters of the model.
        target_units: what 1 in the loss and the metrics is in the data's unit, by target column that was scaled; None
            for a column of several numbers with scales of their own.
        resumed: when it went on after an interruption, each with its offset from UTC.
        epochs: how many epochs were trained.
        kept_epoch: the epoch, from 1, whose weights the model has.
        final_metrics: metric by name at the epoch whose weights the model has; None for a number that is not finite.
        best_metrics: metric by name at the best epoch; None for a number that is not finite.
        expectations: the expectations with their verdicts.
        diagnosis: what ails the training, as far as rules can tell.
    """

    name: str
    experiment_sha256: str
    status: Status
    started: datetime
    seed: int
    command: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    git: GitState | None = None
    reason: str | None = None
    finished: datetime | None = None
    seconds: float | None = None
    device: str | None = None
    threads: int | None = None
    engine: str | None = None
    parameters: int | None = None
    target_units: Mapping[str, float | None] = field(default_factory=dict)
    resumed: tuple[datetime, ...] = ()
    epochs: int | None = None
    kept_epoch: int | None = None
    final_metrics: Mapping[str, float | None] = field(default_factory=dict)
    best_metrics: Mapping[str, float | None] = field(default_factory=dict)
    expectations: tuple[Verdict, ...] = ()
    diagnosis: tuple[Finding, ...] = ()


def begun(
    experiment: Experiment,
    moment: datetime,
    command: tuple[str, ...],
    versions: Mapping[str, str],
    git: GitState | None = None,
) -> RunRecord:
    """The record of a run of the experiment that begins at this moment."""
    return RunRecord(
        name=experiment.name,
        experiment_sha256=hashlib.sha256(experiment.source).hexdigest(),
        status="running",
        started=moment,
        seed=experiment.seed,
        command=command,
        versions=versions,
        git=git,
    )


def to_json(record: RunRecord) -> str:
    """The record as JSON; a number that is not finite becomes null.

    Raises:
        ValueError: a time has no offset from UTC.
    """
    content = {
        "format": FORMAT,
        "name": record.name,
        "experiment_sha256": record.experiment_sha256,
        "status": record.status,
        "reason": record.reason,
        "started": _with_offset(record.started).isoformat(),
        "finished": record.finished and _with_offset(record.finished).isoformat(),
        "seconds": finite(record.seconds),
        "seed": record.seed,
        "device": record.device,
        "threads": record.threads,
        "engine": record.engine,
        "versions": dict(record.versions),
        "git": record.git and {"commit": record.git.commit, "dirty": record.git.dirty},
        "command": list(record.command),
        "parameters": record.parameters,
        "target_units": {name: finite(value) for name, value in record.target_units.items()},
        "resumed": [_with_offset(moment).isoformat() for moment in record.resumed],
        "epochs": record.epochs,
        "kept_epoch": record.kept_epoch,
        "final_metrics": {name: finite(value) for name, value in record.final_metrics.items()},
        "best_metrics": {name: finite(value) for name, value in record.best_metrics.items()},
        "expectations": [_verdict_content(verdict) for verdict in record.expectations],
        "diagnosis": [_finding_content(finding) for finding in record.diagnosis],
    }
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def from_json(text: str) -> RunRecord:
    """The record that `to_json` wrote.

    Raises:
        ValueError: the text is no JSON, or no record that this version can read.
    """
    content = json.loads(text)
    version = content.get("format") if isinstance(content, dict) else None
    if version != FORMAT:
        raise ValueError(f"its format is {version!r}, and this version of nnrun reads format {FORMAT}")
    try:
        return _record(content)
    except KeyError as error:
        raise ValueError(f"it has no {error}") from error


def write_record(folder: Path, record: RunRecord) -> None:
    """Makes `record` the folder's record, atomically.

    Raises:
        StorageError: the file could not be written.
    """
    write_text(folder / RECORD_NAME, to_json(record))


def read_record(folder: Path) -> RunRecord:
    """The record of the run in `folder`.

    Raises:
        StorageError: there is none, or it cannot be read.
    """
    path = folder / RECORD_NAME
    with storage_errors("read", path):
        data = path.read_bytes()
    try:
        return from_json(data.decode("utf-8"))
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise StorageError(Problem(f"{path} is not a run record: {error}.")) from error


def _record(content: dict[str, Any]) -> RunRecord:
    git, finished = content["git"], content["finished"]
    return RunRecord(
        name=_required(str, content["name"]),
        experiment_sha256=_required(str, content["experiment_sha256"]),
        status=_status(content["status"]),
        reason=_optional(str, content["reason"]),
        started=_time(content["started"]),
        finished=None if finished is None else _time(finished),
        seconds=_number(content["seconds"]),
        seed=_required(int, content["seed"]),
        device=_optional(str, content["device"]),
        threads=_optional(int, content["threads"]),
        engine=_optional(str, content["engine"]),
        versions={name: _required(str, value) for name, value in _required(dict, content["versions"]).items()},
        git=None if git is None else GitState(_required(str, git["commit"]), _required(bool, git["dirty"])),
        command=tuple(_required(str, argument) for argument in _required(list, content["command"])),
        parameters=_optional(int, content["parameters"]),
        # A record of an older version does not say how targets were scaled.
        target_units={name: _number(unit) for name, unit in _required(dict, content.get("target_units", {})).items()},
        resumed=tuple(_time(moment) for moment in _required(list, content["resumed"])),
        epochs=_optional(int, content["epochs"]),
        kept_epoch=_optional(int, content["kept_epoch"]),
        final_metrics={name: _number(value) for name, value in _required(dict, content["final_metrics"]).items()},
        best_metrics={name: _number(value) for name, value in _required(dict, content["best_metrics"]).items()},
        expectations=tuple(_verdict(verdict) for verdict in _required(list, content["expectations"])),
        # A record of a version that did not diagnose has none.
        diagnosis=tuple(_finding(finding) for finding in _required(list, content.get("diagnosis", []))),
    )


def _required(kind: type[_Kind], value: object) -> _Kind:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} stands where a value of type {kind.__name__} belongs")
    return value


def _optional(kind: type[_Kind], value: object) -> _Kind | None:
    return None if value is None else _required(kind, value)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int) else _optional(float, value)


def _status(value: object) -> Status:
    for status in get_args(Status):
        if value == status:
            return cast(Status, status)
    raise ValueError(f"{value!r} is none of the states {', '.join(get_args(Status))}")


def _time(text: object) -> datetime:
    return _with_offset(datetime.fromisoformat(_required(str, text)))


def _with_offset(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"the time {moment.isoformat()} has no offset from UTC")
    return moment


def finite(value: float | None) -> float | None:
    """The number; None where it is not finite, which JSON cannot hold."""
    return value if value is not None and math.isfinite(value) else None


def _verdict_content(verdict: Verdict) -> dict[str, object]:
    return {"expectation": str(verdict.expectation), "value": finite(verdict.value), "met": verdict.met}


def _verdict(content: dict[str, Any]) -> Verdict:
    expectation = parse_expectation(_required(str, content["expectation"]))
    return Verdict(expectation, _number(content["value"]), _required(bool, content["met"]))


def _finding_content(finding: Finding) -> dict[str, object]:
    evidence = {name: value if isinstance(value, str) else finite(value) for name, value in finding.evidence.items()}
    return {"kind": finding.kind, "message": finding.message, "evidence": evidence, "remedy": finding.remedy}


def _finding(content: dict[str, Any]) -> Finding:
    evidence = {
        name: value if isinstance(value, str) else _number(value)
        for name, value in _required(dict, content["evidence"]).items()
    }
    kind, message, remedy = (_required(str, content[name]) for name in ("kind", "message", "remedy"))
    return Finding(kind, message, evidence, remedy)
