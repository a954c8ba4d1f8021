"""What a run folder holds but for its name and its times, so that two runs can be compared file by file."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from nnrun.runs import layout
from nnrun.runs.checkpoint import find_checkpoint

_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T@]?\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)?")
_SECONDS = re.compile(r"\b\d[\d,.]*( ?(ms|s|seconds|min)\b)|\b\d+ min \d+ s\b")
_SCRATCH = re.compile(r"\.scratch\.[0-9a-f]+\.part/")  # where the run of a test is made
# Printed so often as the speed allows, and where TensorFlow is not loaded or a program not compiled yet.
_PROGRESS = re.compile(r"\bepoch \d+/\d+ |^loading TensorFlow |^compiling ")
_OF_TIME = ("started", "finished", "seconds", "command", "git")


def contents_of(folder: Path) -> dict[str, Any]:
    """The content of every file of a run by its name; of texts without times, commands and the folder's name."""
    found: dict[str, Any] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name not in (layout.LOCK, layout.PREVIOUS_CHECKPOINT):
            found[name] = _READERS.get(name, _bytes)(path)
    return found


def _bytes(path: Path) -> Any:
    return path.read_bytes()


def _record(path: Path) -> Any:
    return {name: value for name, value in json.loads(path.read_bytes()).items() if name not in _OF_TIME}


def _metrics(path: Path) -> Any:
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    kept = [i for i, name in enumerate(rows[0]) if name != "seconds"]
    return [[row[i] for i in kept] for row in rows]


def _model(path: Path) -> Any:
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    metadata = json.loads(files.pop("metadata.json"))
    config = re.sub(rb'"shared_object_id": \d+', b"", files.pop("config.json"))  # an address in memory
    return files, config, {name: value for name, value in metadata.items() if name != "date_saved"}


def _checkpoint(path: Path) -> Any:
    found = find_checkpoint(path.parent)
    assert found is not None
    arrays = found.checkpoint.arrays.items()
    kept = {name: (str(a.dtype), a.shape, a.tobytes()) for name, a in arrays if not name.endswith("seconds")}
    return to_builtins(found.checkpoint.identity), kept


def _text(path: Path) -> Any:
    text = path.read_text(encoding="utf-8").replace(path.parent.name, "RUN")
    text = re.sub(r"nnrun train .*", "COMMAND", _SCRATCH.sub("", text))
    lines = _SECONDS.sub("SECONDS", _TIME.sub("TIME", text)).splitlines()
    return [line for line in lines if not _PROGRESS.search(line)]


_READERS = {
    layout.RECORD: _record,
    layout.FINAL_METRICS: _record,
    layout.METRICS: _metrics,
    layout.MODEL: _model,
    layout.CHECKPOINT: _checkpoint,
    layout.REPORT: _text,
    layout.MODEL_CARD: _text,
    layout.LOG: _text,
}
