"""The bytes of a data file of the user's own."""

from __future__ import annotations

from pathlib import Path

from nnrun.errors import ExperimentError, Problem, nearest
from nnrun.experiment.text.regular_file import NotRegular, read_regular

MAX_BYTES = 256 * 2**20


def read_file(path: Path) -> bytes:
    """Reads a CSV file.

    Raises:
        ExperimentError: there is no such file, it is not a regular file, cannot be read or is larger than 256 MB.
    """
    try:
        return read_regular(path, MAX_BYTES)
    except (FileNotFoundError, NotADirectoryError) as error:
        name = _similar_name(path)
        hint = f'Did you mean "{name}"?' if name else None
        raise ExperimentError(Problem(f"There is no file {path}.", hint=hint)) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        hint = f"A CSV file is a regular file of at most {MAX_BYTES >> 20} MB."
        irregular = isinstance(error, NotRegular)
        raise ExperimentError(Problem(f"Cannot read {path}: {reason}.", hint=hint if irregular else None)) from error


def _similar_name(path: Path) -> str | None:
    """A file of the same folder that is probably meant: of the same suffix, or of the same name with another one."""
    stem, suffix = path.stem.casefold(), path.suffix.casefold()
    others = [Path(name) for name in _files_beside(path)]
    others = [other for other in others if suffix == other.suffix.casefold() or stem == other.stem.casefold()]
    close = nearest(path.stem, [other.stem for other in others])
    similar = [other.name for other in others if other.stem == close]
    return nearest(path.name, similar) or next(iter(similar), None)


def _files_beside(path: Path) -> list[str]:
    try:
        return [other.name for other in path.parent.iterdir() if other.is_file()]
    except OSError:
        return []
