"""The content of the pictures of a run, stored as plain JSON and arrays from which they can be drawn again.

`plots/scene.json` lists the pictures, `plots/scene.npz` holds their arrays; what `metrics.csv`, `trace.npz` and
`weights.npz` hold already is not stored twice.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nnrun.errors import Problem, StorageError
from nnrun.experiment.text.regular_file import read_regular
from nnrun.plots.picture import KINDS, Picture
from nnrun.runs import layout
from nnrun.runs.arrays import from_bytes, read_arrays, to_bytes
from nnrun.runs.atomic import write_bytes, write_text
from nnrun.runs.metrics_file import EPOCH, read_metrics
from nnrun.runs.record import read_record
from nnrun.runs.storage_errors import storage_errors
from nnrun.runs.stored_weights import BEST

FORMAT = 1
MOST_BYTES = 2**30  # of a file
_MOST_NUMBERS = 2**27  # of a column of numbers
_MOST_IN_MATRIX = 2**24  # numbers
_ROOM_FOR_HEADERS = 2**20  # bytes


def write_scene(folder: Path, pictures: Iterable[Picture]) -> None:
    """Stores the content of the pictures of a run.

    Args:
        folder: the run's folder.
        pictures: the pictures; an array that several of them show is stored once. One with more numbers than can be
            drawn is left out.

    Raises:
        StorageError: a file could not be written.
    """
    members: dict[str, np.ndarray[Any, Any]] = {}
    known: dict[int, str] = {}
    entries = []
    for picture in pictures:
        arrays = [value for value in picture.arguments.values() if isinstance(value, np.ndarray)]
        stored = sum(array.nbytes for array in [*members.values(), *arrays])
        if any(map(_is_too_large, arrays)) or stored > MOST_BYTES - _ROOM_FOR_HEADERS:
            continue
        entry: dict[str, Any] = {"kind": picture.kind, "of": picture.of, "held": dict(picture.held)}
        entry |= {"values": {}, "arrays": {}}
        for name, value in picture.arguments.items():
            if name in picture.held:
                continue
            if isinstance(value, np.ndarray):
                member = known.setdefault(id(value), f"{picture.name}/{name}")
                members[member] = value
                entry["arrays"][name] = member
            else:
                entry["values"][name] = value
        entries.append(entry)
    with storage_errors("create", folder / layout.PLOTS):
        (folder / layout.PLOTS).mkdir(exist_ok=True)
    # Not `write_arrays`, which refuses infinite numbers: predictions may be infinite.
    write_bytes(folder / layout.SCENE_ARRAYS, to_bytes(members))
    text = json.dumps({"format": FORMAT, "pictures": entries}, indent=1, allow_nan=False)
    write_text(folder / layout.SCENE, f"{text}\n")


def read_scene(folder: Path) -> list[Picture]:
    """The pictures of a run, from its folder alone; of a run without a scene those that its other files allow.

    Raises:
        StorageError: a file cannot be read, or is not what it should be.
    """
    holds: Holds = {
        layout.METRICS: lambda: _metrics(folder),
        layout.TRACE: lambda: read_arrays(folder / layout.TRACE),
        layout.WEIGHTS: lambda: _final(read_arrays(folder / layout.WEIGHTS)),
    }
    if not (folder / layout.SCENE).exists():
        return list(_without_scene(folder, holds))
    with storage_errors("read", folder / layout.SCENE):
        text = read_regular(folder / layout.SCENE, MOST_BYTES, folder)
    with storage_errors("read", folder / layout.SCENE_ARRAYS):
        data = read_regular(folder / layout.SCENE_ARRAYS, MOST_BYTES, folder)
    try:
        return _pictures(json.loads(text), from_bytes(data), holds)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = f"{folder / layout.SCENE} does not describe pictures that this version can draw: {error}."
        raise StorageError(Problem(message)) from error


def _is_too_large(array: np.ndarray[Any, Any]) -> bool:
    is_column = array.ndim > 0 and array.size == len(array)
    return array.size > (_MOST_NUMBERS if is_column else _MOST_IN_MATRIX)


def has_scene(folder: Path) -> bool:
    """Whether a run has stored the content of its pictures."""
    return (folder / layout.SCENE).exists()


Holds = Mapping[str, Callable[[], Mapping[str, Any]]]


def _pictures(content: Any, members: Mapping[str, Any], holds: Holds) -> list[Picture]:
    if content["format"] != FORMAT:
        raise ValueError(f"its format is {content['format']!r}, and this version of nnrun reads format {FORMAT}")
    if too_large := [name for name, array in members.items() if _is_too_large(array)]:
        raise ValueError(f"the array {too_large[0]} has more numbers than can be drawn")
    found: dict[str, Mapping[str, Any]] = {}
    pictures = []
    for entry in content["pictures"]:
        if entry["kind"] not in KINDS:
            raise ValueError(f"there are no pictures of the kind {entry['kind']!r}")
        arguments = {**entry["values"], **{name: members[member] for name, member in entry["arrays"].items()}}
        for name, file in entry["held"].items():
            found.setdefault(file, holds[file]())
            arguments[name] = found[file]
        pictures.append(Picture(entry["kind"], arguments, entry["held"], _part_of_name(entry["of"])))
    return pictures


def _part_of_name(text: str) -> str:
    if Path(text).name != text or text.startswith("."):
        raise ValueError(f"{text!r} cannot be part of a file's name")
    return text


def _without_scene(folder: Path, holds: Holds) -> Iterable[Picture]:
    """History and trajectories, which need nothing but metrics and trace."""
    name = read_record(folder).name
    if (folder / layout.METRICS).exists():
        yield history_picture(name, holds[layout.METRICS]())
    if (folder / layout.TRACE).exists():
        yield weights_picture(name, holds[layout.TRACE]())


def history_picture(name: str, history: Mapping[str, Any]) -> Picture:
    """Loss and metrics of the run of an experiment of this name."""
    return Picture("history", {"history": history, "title": name}, {"history": layout.METRICS})


def weights_picture(name: str, trace: Mapping[str, Any]) -> Picture:
    """Weight trajectories of the run of an experiment of this name."""
    return Picture("weights", {"trace": trace, "title": f"{name}: weights"}, {"trace": layout.TRACE})


def _metrics(folder: Path) -> dict[str, list[float]]:
    return {name: values for name, values in read_metrics(folder / layout.METRICS).items() if name != EPOCH}


def _final(weights: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values for name, values in weights.items() if not name.startswith(BEST)}
