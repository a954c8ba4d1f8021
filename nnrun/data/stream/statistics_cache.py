"""The statistics of streamed files, kept on disk: what was fitted to a file is fitted once.

A file of the cache is named by the SHA-256 of all that decides the statistics: the digests of the data files, the data
settings, the seeds, and the versions of nnrun and NumPy. One that cannot be read is as one that is not there.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from nnrun.data.dataset import Array, ColumnScale, Part
from nnrun.data.preparation.columns import prepared_columns
from nnrun.data.stream.column_statistics import FittedColumn
from nnrun.data.stream.statistics import StreamStatistics
from nnrun.experiment.columns import Column
from nnrun.experiment.experiment import Experiment

FORMAT = 2
# The newest files that are kept, each of a few MB.
_MOST_FILES = 32
_HEADER = "header"
_NUMBERS, _TEXTS = "a", "t"
_DAMAGED = (OSError, ValueError, KeyError, TypeError, BadZipFile)


def cached_statistics(
    experiment: Experiment, folder: Path, chunk: int, gather: Callable[[], StreamStatistics]
) -> StreamStatistics:
    """The statistics from the cache, else gathered and kept there; of rows of no file gathered alone.

    Args:
        experiment: its data settings, seeds and data files decide the statistics.
        folder: the folder of the cache.
        chunk: the bytes of the rows that are read at a time.
        gather: gathers them.
    """
    if not experiment.columns.files:
        return gather()
    path = folder / f"{_key(experiment, chunk)}.npz"
    with suppress(*_DAMAGED):
        return _read(path, experiment)
    found = gather()
    with suppress(OSError):
        _write(path, found)
    return found


def _key(experiment: Experiment, chunk: int) -> str:
    """The SHA-256 of all that decides the statistics, in hexadecimal digits; a file counts by its bytes alone."""
    settings = json.dumps(experiment.resolved["data"], sort_keys=True)
    for file in experiment.columns.files:
        settings = settings.replace(json.dumps(file.path), json.dumps(file.sha256))
    digests = [file.sha256 for file in experiment.columns.files]
    seeds = [experiment.seeds.data, experiment.seeds.split]
    versions = [version("nnrun"), np.__version__]
    return hashlib.sha256(json.dumps([FORMAT, settings, digests, seeds, versions, chunk]).encode()).hexdigest()


def _write(path: Path, found: StreamStatistics) -> None:
    """Writes a file that is whole or not there, and removes the oldest ones above the limit."""
    arrays: dict[str, Any] = {}
    header = _as_bytes(_packed(found, _Shelf(arrays)))
    content = BytesIO()
    np.savez(content, allow_pickle=False, **arrays, **{_HEADER: header})
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content.getbuffer())
    os.replace(file.name, path)
    kept = sorted(path.parent.glob("*.npz"), key=lambda each: each.stat().st_mtime, reverse=True)
    for old in kept[_MOST_FILES:]:
        old.unlink(missing_ok=True)


def _read(path: Path, experiment: Experiment) -> StreamStatistics:
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    os.utime(path)  # it is used
    packed, shelf = json.loads(arrays.pop(_HEADER).tobytes()), _Shelf(arrays)
    columns = prepared_columns(experiment.columns.generated, experiment.data.preparation).inputs
    classes = packed["classes"]
    return StreamStatistics(
        {column.name: _fitted(column, packed["inputs"][column.name], shelf) for column in columns},
        {name: _scale(scale, shelf) for name, scale in packed["targets"].items()},
        packed["largest"],
        dict(packed["labels"]),
        {name: _part(part, shelf) for name, part in packed["samples"].items()},
        packed["sampled"],
        tuple(map(shelf.get, packed["dropped"])),
        None if classes is None else shelf.get(classes),
    )


@dataclass(frozen=True, eq=False)
class _Shelf:
    """Arrays by a short name; texts, (rows, 1), as the bytes of a list in JSON."""

    arrays: dict[str, Array]

    def put(self, array: Array) -> str:
        are_texts = array.dtype == object
        name = f"{_TEXTS if are_texts else _NUMBERS}{len(self.arrays)}"
        self.arrays[name] = _as_bytes(array[:, 0].tolist()) if are_texts else array
        return name

    def get(self, name: str) -> Array:
        array = self.arrays[name]
        return np.array(json.loads(array.tobytes()), object).reshape(-1, 1) if name.startswith(_TEXTS) else array


def _as_bytes(value: Any) -> Array:
    """A plain value in JSON, uint8 (bytes,)."""
    return np.frombuffer(json.dumps(value).encode(), np.uint8)


def _packed(found: StreamStatistics, shelf: _Shelf) -> dict[str, Any]:
    """The statistics as plain values, with the names of their arrays."""
    return {
        "inputs": {name: _packed_column(each, shelf) for name, each in found.inputs.items()},
        "targets": {name: _packed_scale(scale, shelf) for name, scale in found.targets.items()},
        "largest": dict(found.largest),
        "labels": [[label, count] for label, count in found.labels.items()],
        "samples": {name: _packed_part(part, shelf) for name, part in found.samples.items()},
        "sampled": found.sampled,
        "dropped": [shelf.put(rows) for rows in found.dropped],
        "classes": None if found.classes is None else shelf.put(found.classes),
    }


def _packed_column(fitted: FittedColumn, shelf: _Shelf) -> dict[str, Any]:
    encoding, text = fitted.column.encoding, fitted.column.text
    scale = fitted.scale and _packed_scale(fitted.scale, shelf)
    return {
        "fill": fitted.column.fill,
        "gaps": fitted.column.gaps,
        "words": encoding.words if encoding else None,
        "text": (text.vocabulary, text.weights) if text else None,
        "scale": scale,
    }


def _fitted(column: Column, packed: Mapping[str, Any], shelf: _Shelf) -> FittedColumn:
    if column.encoding is not None:
        column = replace(column, encoding=replace(column.encoding, words=tuple(packed["words"])))
    if column.text is not None:
        vocabulary, weights = map(tuple, packed["text"])
        column = replace(column, text=replace(column.text, vocabulary=vocabulary, weights=weights))
    scale = packed["scale"] and _scale(packed["scale"], shelf)
    return FittedColumn(replace(column, fill=tuple(packed["fill"]), gaps=packed["gaps"]), scale)


def _packed_scale(scale: ColumnScale, shelf: _Shelf) -> list[str | None]:
    arrays = (scale.offset, scale.factor, scale.low, scale.high, scale.log, scale.fill)
    return [None if array is None else shelf.put(np.asarray(array)) for array in arrays]


def _scale(packed: list[str | None], shelf: _Shelf) -> ColumnScale:
    offset, factor, *others = packed
    assert offset is not None
    assert factor is not None
    return ColumnScale(
        shelf.get(offset), shelf.get(factor), *(None if name is None else shelf.get(name) for name in others)
    )


def _packed_part(part: Part, shelf: _Shelf) -> dict[str, Any]:
    return {
        "inputs": {name: shelf.put(values) for name, values in part.inputs.items()},
        "targets": {name: shelf.put(values) for name, values in part.targets.items()},
        "weights": None if part.weights is None else shelf.put(part.weights),
        "numbers": None if part.numbers is None else shelf.put(part.numbers),
    }


def _part(packed: Mapping[str, Any], shelf: _Shelf) -> Part:
    inputs, targets = ({n: shelf.get(v) for n, v in packed[group].items()} for group in ("inputs", "targets"))
    weights, numbers = (None if packed[name] is None else shelf.get(packed[name]) for name in ("weights", "numbers"))
    return Part(inputs, targets, weights, numbers=numbers)
