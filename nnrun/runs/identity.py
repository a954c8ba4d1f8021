"""Whether a run can go on as if it had never stopped, and whether it did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrun.errors import Problem, ResumeError, shown
from nnrun.runs.arrays import read_arrays
from nnrun.runs.checkpoint import find_checkpoint

if TYPE_CHECKING:
    from nnrun.runs.arrays import Array

# Settings that a resumed run may have otherwise: none of them changes an epoch that is trained.
_FREE = ("epochs", "expect", "name", "predict")
# The packages whose versions decide what a training gives; the rows themselves are compared.
_DECIDING = ("keras", "nnrun", "numpy", "tensorflow", "tensorflow-cpu")
_MISSING = object()


def identity(experiment: Mapping[str, Any], versions: Mapping[str, str]) -> dict[str, Any]:
    """What is known before TensorFlow starts of all that the result of an experiment depends on.

    Args:
        experiment: the resolved settings.
        versions: version by distribution name.
    """
    settings = {name: value for name, value in experiment.items() if name not in _FREE}
    return {"setting": settings, "version": {name: versions[name] for name in _DECIDING if name in versions}}


def check_same(then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Compares what a result depends on with what it depended on when the checkpoint was written.

    Args:
        then: by name, mappings within it by their names in turn; may tell more than `now`.
        now: the same for this moment.

    Raises:
        ResumeError: with a problem for each difference.
    """
    known = {name: then.get(name) for name in now}
    problems = [
        f"The {name.replace('.', ' ', 1)} was {_told(before)} when the run stopped and is {_told(after)} now."
        for name, before, after in _differences(known, now)
    ]
    if problems:
        hint = "The result would not be that of an uninterrupted run. To go on all the same: --force"
        raise ResumeError(*problems[:-1], Problem(problems[-1], hint=hint))


def check_epochs(done: int, asked: int) -> None:
    """Compares the epochs that a run has trained with those that it shall have in the end.

    Raises:
        ResumeError: it has more already.
    """
    if asked < done:
        hint = "For a shorter one, train the experiment anew."
        raise ResumeError(Problem(f"The run has trained {done} epochs already. Received: epochs={asked}", hint=hint))


def _differences(then: Any, now: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys([*then, *now]):
            path = f"{name}.{key}" if name else str(key)
            yield from _differences(then.get(key, _MISSING), now.get(key, _MISSING), path)
    elif isinstance(then, list) and isinstance(now, list) and len(then) == len(now):
        for i, (one, other) in enumerate(zip(then, now, strict=True)):
            yield from _differences(one, other, f"{name}.{i}")
    elif then != now:
        yield name, then, now


def _told(value: Any) -> str:
    return "not there" if value is _MISSING else shown(value)


def outcome(folder: Path) -> dict[str, Array]:
    """All that a training decides, as arrays: weights, optimizer, random generators, metrics; not how long it took.

    Raises:
        StorageError, ResumeError: the run in `folder` is not complete.
    """
    found = find_checkpoint(folder)
    if found is None:
        raise ResumeError(f"{folder} has no checkpoint.")
    decided = {
        name: array
        for name, array in found.checkpoint.arrays.items()
        if name.partition("/")[0] in ("epochs", "state", "history", "trace") and name != "history/seconds"
    }
    return decided | {f"weights/{name}": array for name, array in read_arrays(folder / "weights.npz").items()}


def different(one: Mapping[str, Array], other: Mapping[str, Array]) -> list[str]:
    """The names of the arrays that are not the same bit for bit."""
    names = dict.fromkeys([*one, *other])
    return [name for name in names if name not in one or name not in other or not _same(one[name], other[name])]


def _same(one: Array, other: Array) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
