"""The runs of a folder, read through its index."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from nnrun.errors import ExperimentError, Problem, StorageError
from nnrun.experiment.flat_settings import flat_settings
from nnrun.runs import layout
from nnrun.runs.record import RunRecord
from nnrun.runs.storage_errors import storage_errors
from nnrun.store.annotations import Annotations, read_annotations
from nnrun.store.index import Row, Stamped, indexed_contents, indexed_stamps, write_index
from nnrun.store.stored_run import FORMAT, RunSummary, StoredRun


class _Entry(msgspec.Struct, frozen=True, array_like=True):
    """What the index holds of a run."""

    summary: RunSummary | None
    annotations: Annotations
    damage: str | None


class _Format(msgspec.Struct):
    """The format of a record, whatever else it holds."""

    format: int


_DECODE_FORMAT = msgspec.json.Decoder(_Format).decode
_DECODE_ENTRY = msgspec.msgpack.Decoder(_Entry).decode
_ENCODE_ENTRY = msgspec.msgpack.Encoder().encode
_DECODE_SUMMARY = msgspec.json.Decoder(RunSummary).decode


def read_runs(runs_dir: Path) -> list[StoredRun]:
    """The runs in a folder, the newest first; folders that are no run are left out.

    Args:
        runs_dir: the folder of all runs, or the folder `trials` of a sweep.

    Raises:
        StorageError: there is no such folder, or it cannot be read.
    """
    return newest_runs(runs_dir, None)[0]


def newest_runs(runs_dir: Path, most: int | None) -> tuple[list[StoredRun], int]:
    """The newest runs in a folder, the newest first, and the number of the others; only the former are decoded.

    Args:
        runs_dir: the folder of all runs, or the folder `trials` of a sweep.
        most: how many; None for all.

    Raises:
        StorageError: there is no such folder, or it cannot be read.
    """
    stamped, fresh = _refresh(runs_dir)
    names = sorted(stamped, key=lambda name: (stamped[name].started, name), reverse=True)
    newest = names[:most]
    known = indexed_contents(runs_dir, (name for name in newest if name not in fresh))
    runs = []
    for name in newest:
        entry = fresh.get(name) or _decoded(known.get(name)) or _read_entry(runs_dir / name)
        runs.append(StoredRun(runs_dir / name, entry.summary, entry.annotations, entry.damage))
    return runs, len(names) - len(newest)


def runs_with_settings(runs_dir: Path, settings: str) -> list[Path]:
    """The folders of the runs that were trained with the same settings, the newest first.

    Args:
        runs_dir: the folder of all runs.
        settings: the digest of the settings, as records have it.

    Raises:
        StorageError: there is no such folder, or it cannot be read.
    """
    stamped, _ = _refresh(runs_dir)
    names = (name for name, run in stamped.items() if run.settings == settings)
    return [runs_dir / name for name in sorted(names, key=lambda name: (stamped[name].started, name), reverse=True)]


def folder_names(runs_dir: Path) -> list[str]:
    """The names of what may be folders of runs and sweeps: all that is not hidden.

    Raises:
        StorageError: there is no such folder, or it cannot be read.
    """
    if not os.path.lexists(runs_dir):
        raise StorageError(no_folder(runs_dir))
    with storage_errors("read", runs_dir), os.scandir(runs_dir) as entries:
        return [entry.name for entry in entries if not entry.name.startswith(".")]


def no_folder(runs_dir: Path) -> Problem:
    """What is said where nothing was trained yet, or the folder of all runs has another name."""
    hint = "nnrun train makes it; --runs-dir names another one."
    return Problem(f"There is no folder {runs_dir} with runs.", hint=hint)


def _refresh(runs_dir: Path) -> tuple[dict[str, Stamped], dict[str, _Entry]]:
    """Brings the index up to date; what it has of each run, and the entries that had to be read."""
    stamps = dict(_stamps(runs_dir))
    known = indexed_stamps(runs_dir)
    stamped = {name: known[name] for name, stamp in stamps.items() if name in known and known[name].stamp == stamp}
    fresh: dict[str, _Entry] = {}
    changed: dict[str, Row] = {}
    for name in stamps.keys() - stamped.keys():
        entry = fresh[name] = _read_entry(runs_dir / name)
        summary = entry.summary
        facts = (summary.started.timestamp(), summary.settings_sha256) if summary else (0.0, None)
        stamped[name] = Stamped(stamps[name], *facts)
        changed[name] = Row(*stamped[name], _ENCODE_ENTRY(entry))
    gone = known.keys() - stamps.keys()
    if changed or gone:
        write_index(runs_dir, changed, gone)
    return stamped, fresh


def read_run(folder: Path) -> StoredRun:
    """The run in one folder.

    Raises:
        StorageError: there is no such run.
    """
    with storage_errors("read", folder / layout.RECORD):
        (folder / layout.RECORD).stat()
    entry = _read_entry(folder)
    return StoredRun(folder, entry.summary, entry.annotations, entry.damage)


def stored_run(folder: Path, record: RunRecord) -> StoredRun:
    """The run in one folder whose whole record is already read."""
    names = [name for name in RunSummary.__struct_fields__ if name != "format"]
    summary = RunSummary(format=FORMAT, **{name: getattr(record, name) for name in names})
    return StoredRun(folder, _with_settings(summary, folder), read_annotations(folder))


def _stamps(runs_dir: Path) -> Iterator[tuple[str, str]]:
    """For every run, what changes whenever its record or its annotations are written."""
    for name in folder_names(runs_dir):
        if record := _stamp(f"{runs_dir}/{name}/{layout.RECORD}"):
            yield name, f"{record} {_stamp(f'{runs_dir}/{name}/{layout.ANNOTATIONS}')}"


def _stamp(path: str) -> str:
    try:
        found = os.stat(path)
    except OSError:
        return ""
    if not stat.S_ISREG(found.st_mode):  # reading a pipe would never end
        return ""
    return f"{found.st_mtime_ns}-{found.st_size}-{found.st_ino}"


def _decoded(content: bytes | None) -> _Entry | None:
    try:
        return _DECODE_ENTRY(content) if content else None
    except msgspec.MsgspecError:
        return None


def _read_entry(folder: Path) -> _Entry:
    try:
        with storage_errors("read", folder / layout.RECORD):
            content = (folder / layout.RECORD).read_bytes()
        written = _DECODE_FORMAT(content).format
        if written != FORMAT:
            return _damaged(f"its format is {written}, and this version of nnrun reads format {FORMAT}")
        summary = _with_settings(_DECODE_SUMMARY(content), folder)
        return _Entry(summary, read_annotations(folder), None)
    except (msgspec.MsgspecError, StorageError, UnicodeDecodeError) as error:
        return _damaged(error.problems[0].message if isinstance(error, StorageError) else str(error))


def _with_settings(summary: RunSummary, folder: Path) -> RunSummary:
    """A summary with its settings, which records of older versions do not have."""
    return summary if summary.settings else msgspec.structs.replace(summary, settings=_resolved_settings(folder))


def _damaged(reason: str) -> _Entry:
    return _Entry(None, Annotations(), reason)


def _resolved_settings(folder: Path) -> dict[str, Any]:
    """The settings in the `resolved.yaml` of a run; none where it cannot be read."""
    from nnrun.experiment.text.yaml_text import decode, parse_document

    path = folder / layout.RESOLVED
    with suppress(OSError, ExperimentError):
        return flat_settings(parse_document(decode(path.read_bytes(), str(path)), str(path)).value)
    return {}
