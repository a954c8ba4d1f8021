"""The files that a path names: itself, or those that match it as a pattern."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

from nnrun.errors import ExperimentError, Problem

_SIGNS = frozenset("*?[")


def is_pattern(path: Path) -> bool:
    """Whether the name of the file is a pattern, and not itself that of a file."""
    return bool(_SIGNS & set(path.name)) and not path.exists()


def is_there(path: Path) -> bool:
    """Whether there is such a file, or one that matches the pattern."""
    return path.exists() or (is_pattern(path) and bool(_matching(path)))


def matching_files(path: Path) -> tuple[Path, ...]:
    """The files that a path names, sorted by name.

    Args:
        path: a file, or a folder and a pattern of names such as `part-*.csv`.

    Raises:
        ExperimentError: no file matches the pattern.
    """
    if not is_pattern(path):
        return (path,)
    names = _matching(path)
    if not names:
        raise ExperimentError(Problem(f"No file matches {path}.", hint="A pattern has * for any characters of a name."))
    return tuple(path.parent / name for name in names)


def _matching(path: Path) -> list[str]:
    try:
        return sorted(other.name for other in path.parent.iterdir() if fnmatchcase(other.name, path.name))
    except OSError:
        return []
