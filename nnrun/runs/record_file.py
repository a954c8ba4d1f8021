"""Records as JSON files: typed structs; a wrong field is named by its path."""

from __future__ import annotations

import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from nnrun.errors import Problem, RunError, StorageError
from nnrun.experiment.text.regular_file import read_regular
from nnrun.runs.storage_errors import storage_errors

MOST_BYTES = 2**26  # of a record

_Record = TypeVar("_Record", bound=msgspec.Struct)


def encode_record(record: msgspec.Struct, version: int) -> str:
    """The record as JSON with its format version first; a number that is not finite becomes null.

    Args:
        record: a struct of plain values, times with an offset from UTC, and further structs.
        version: the version of the format.

    Raises:
        ValueError: a time has no offset from UTC.
    """
    content = msgspec.to_builtins(record, builtin_types=(datetime,), enc_hook=_subclassed)
    return json.dumps({"format": version, **_finite(content)}, indent=2, allow_nan=False) + "\n"


def decode_record(text: str | bytes, kind: type[_Record], version: int) -> _Record:
    """The record that `encode_record` wrote; fields that this version does not know are ignored.

    Args:
        text: the JSON.
        kind: the struct that it describes.
        version: the version of the format.

    Raises:
        ValueError: the text is no JSON, or no record that this version can read; names the path of the field.
    """
    content = json.loads(text)
    found = content.get("format") if isinstance(content, dict) else None
    if found != version:
        raise ValueError(f"its format is {found!r}, and this version of nnrun reads format {version}")
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error


def read_record_file(path: Path, kind: type[_Record], version: int, name: str) -> _Record:
    """The record in a file.

    Args:
        path: the file.
        kind: the struct that it describes.
        version: the version of the format.
        name: what the file should be, with its article, such as `a run record`.

    Raises:
        RunError: there is no such file, or it is no such record.
        StorageError: the operating system does not let it be read.
    """
    try:
        with storage_errors("read", path):
            data = read_regular(path, MOST_BYTES, path.parent)
    except StorageError as error:
        if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
            raise RunError(*error.problems) from error.__cause__
        raise
    try:
        return decode_record(data, kind, version)
    except (ValueError, OverflowError, RecursionError) as error:
        raise RunError(Problem(f"{path} is not {name}: {error}.")) from error


def finite(value: float | None) -> float | None:
    """The number; None where it is not finite, which JSON cannot hold."""
    return value if value is not None and math.isfinite(value) else None


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, datetime):
        return _with_offset(value).isoformat()
    return finite(value) if isinstance(value, float) else value


def _with_offset(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"the time {moment.isoformat()} has no offset from UTC")
    return moment


def _subclassed(value: object) -> object:
    """A number of NumPy's that is a Python float too."""
    if isinstance(value, float):
        return float(value)
    raise TypeError(f"a record cannot hold a value of type {type(value).__name__}")
