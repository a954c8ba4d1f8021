"""The configuration of a model in a `.keras` file, read without Keras: no code in the file can run."""

from __future__ import annotations

import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.text.regular_file import open_regular

KERAS_SUFFIX = ".keras"
_CONFIG = "config.json"
_UNREADABLE = (EOFError, ValueError, RecursionError, RuntimeError, NotImplementedError)
_MOST = 8 * 2**20  # bytes of the configuration
_MOST_DIRECTORY = 2**20  # bytes of the table of contents, of which Keras's files have some hundred
# What parts of the wrong type, size or depth raise: no rule of Keras's says what a configuration may hold.
_DAMAGE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")


class WrongFileError(ValueError):
    """The configuration is not one that Keras writes; the text is the reason, a clause."""


@contextmanager
def refusing_damage(path: Path) -> Iterator[None]:
    """Refuses the file if its configuration turns out in the block to be none that Keras writes.

    Raises:
        ExperimentError: it is none.
    """
    try:
        yield
    except WrongFileError as error:
        raise _refusal(path, str(error)) from error
    except _DAMAGE as error:
        raise _refusal(path, "it is not the configuration of a Keras model") from error


def read_config(path: Path) -> dict[str, Any]:
    """The configuration of the model, as `get_config()` and `get_compile_config()` gave it when it was saved.

    Raises:
        ExperimentError: the file cannot be read, is not one of Keras 3, or is larger than such files are.
    """
    try:
        with open_regular(path) as stream:
            _check_directory(stream)
            with zipfile.ZipFile(stream) as archive, archive.open(_CONFIG) as member:
                text = member.read(_MOST + 1)
        if len(text) > _MOST:
            raise ValueError(f"its {_CONFIG} has more than {_MOST >> 20} MB")
        config = json.loads(text)
    except KeyError as error:
        raise _refusal(path, f"it has no {_CONFIG}") from error
    except FileNotFoundError as error:
        raise ExperimentError(Problem(f"There is no file {path}.")) from error
    except OSError as error:
        raise _refusal(path, error.strerror or str(error)) from error
    except (*_UNREADABLE, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error) as error:
        raise _refusal(path, str(error)) from error
    if not isinstance(config, dict) or not isinstance(config.get("config"), dict):
        raise _refusal(path, f"its {_CONFIG} describes no model")
    return config


def _refusal(path: Path, reason: str) -> ExperimentError:
    hint = "Save the model with Keras 3: model.save('model.keras')"
    return ExperimentError(Problem(f"{path} cannot be read as a model of Keras: {reason}.", hint=hint))


def _check_directory(stream: IO[bytes]) -> None:
    """Refuses what is no zip file, and one whose table of contents would fill the memory."""
    size = stream.seek(0, 2)
    tail_size = min(size, 2**16 + _END.size + _LOCATOR.size)
    stream.seek(size - tail_size)
    tail = stream.read(tail_size)
    position = tail.rfind(b"PK\x05\x06")
    if position < 0 or len(tail) - position < _END.size:
        raise ValueError("it is not a zip file")
    directory = _END.unpack_from(tail, position)[5]
    locator = position - _LOCATOR.size
    if locator >= 0 and tail[locator : locator + 4] == b"PK\x06\x07":
        stream.seek(size - tail_size + locator - _END_64.size)
        directory = max(directory, _END_64.unpack(stream.read(_END_64.size))[8])
    if directory > _MOST_DIRECTORY:
        raise ValueError("its table of contents is larger than that of a model")
    stream.seek(0)
