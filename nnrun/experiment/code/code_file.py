"""The Python files that an experiment names, and the permission without which none of them is run."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from nnrun.errors import ExperimentError, Place, Problem
from nnrun.experiment.text.regular_file import is_below, read_regular

# The folder of a run with the copies of its code.
FOLDER = "code"
MAX_BYTES = 2**20
ALLOW_CODE = "--allow-code"
_OPTION = f"Read it first. To run it, add {ALLOW_CODE} to the command, in Python allow_code=True."


@dataclass(frozen=True)
class CodeFile:
    """A Python file of the user's own.

    Args:
        name: as the experiment names it, relative to its folder, such as `layers.py`.
        path: where it was read.
        source: its bytes.
        before: the files of the experiment whose modules it may import by their names.
    """

    name: str
    path: str
    source: bytes = field(repr=False)
    before: tuple[CodeFile, ...] = ()

    @property
    def sha256(self) -> str:
        """The SHA-256 of its bytes in hexadecimal."""
        return hashlib.sha256(self.source).hexdigest()

    @property
    def version(self) -> str:
        """Names its place, its content and that of the files before it."""
        parts = [*(file.version for file in self.before), self.sha256, self.path]
        return hashlib.sha256("/".join(parts).encode()).hexdigest()

    @property
    def uses_keras(self) -> bool:
        """Whether it speaks of Keras or TensorFlow, which it may import then."""
        return b"keras" in self.source or b"tensorflow" in self.source

    @property
    def module(self) -> str:
        """The name of its module, such as `layers`."""
        return PurePosixPath(self.name).stem


@dataclass(frozen=True)
class CodeAccess:
    """The permission of the user to run the code that an experiment names.

    Args:
        prepare: called before a file is run that uses Keras or TensorFlow, which must be set up before they are loaded.
    """

    prepare: Callable[[], None]


class CodeChanged(ExperimentError):
    """A file is no longer the one that a run was trained with."""


def refuse_code(name: str, place: Place | None) -> ExperimentError:
    """The error of an experiment with code of its own where the user has not allowed that."""
    message = f"This experiment runs Python code of its own: {name}. Nothing of it was run."
    return ExperimentError(Problem(message, place, _OPTION))


def read_code(
    name: str, folder: Path, place: Place | None, sha256: str | None = None, before: tuple[CodeFile, ...] = ()
) -> CodeFile:
    """Reads a Python file; nothing of it is run.

    Args:
        name: the file, relative to the folder of the experiment.
        folder: that folder, or the folder of a run, whose copies lie in its folder `code`.
        place: where the experiment names it.
        sha256: what its bytes must have, if that is known.
        before: the files of the experiment that come before it.

    Raises:
        CodeChanged: it has another SHA-256.
        ExperimentError: the name leads out of the folder, there is no such file, or it cannot be read.
    """
    path = folder / name
    if not path.is_file() and (folder / FOLDER / name).is_file():
        path = folder / FOLDER / name
    parts = PurePosixPath(name).parts
    if not name.endswith(".py") or ".." in parts or os.path.isabs(name) or not is_below(path, folder):
        hint = "Put the file beside the experiment, and write its name: layers.py"
        message = f"A file of code is a .py file in or below the folder of the experiment. Received: {name}"
        raise ExperimentError(Problem(message, place, hint))
    try:
        source = read_regular(path, MAX_BYTES)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ExperimentError(Problem(f"There is no file {path}.", place)) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ExperimentError(Problem(f"Cannot read {path}: {reason}.", place)) from error
    file = CodeFile(name, str(path), source, before)
    if sha256 is not None and file.sha256 != sha256:
        message = f"{path} is not the code that this experiment was trained with: its SHA-256 is {file.sha256}."
        raise CodeChanged(Problem(message, place, "Restore the file, or train the experiment that it belongs to."))
    return file
