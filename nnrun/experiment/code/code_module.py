"""A Python file of the user's own as a module: run once per process and content."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from nnrun.errors import ExperimentError, Place, Problem
from nnrun.experiment.code.code_file import CodeFile

# Modules get names of their own, so that no file takes the place of another module, or of another version of itself.
_PREFIX = "nnrun_code_"


def load_module(file: CodeFile, place: Place | None = None) -> ModuleType:
    """The module of a file that the user has allowed to run; it is run at the first call of a process.

    Args:
        file: the file; the modules of the files before it can be imported in it by their names.
        place: where the experiment names it.

    Raises:
        ExperimentError: it is no Python, or an error ends it.
    """
    name = f"{_PREFIX}{file.version[:16]}_{file.module}"
    if name in sys.modules:
        return sys.modules[name]
    beside = {each.module: load_module(each, place) for each in file.before}
    module = ModuleType(name)
    module.__file__ = file.path
    try:
        with _importable({**beside, name: module}):
            exec(compile(file.source, file.path, "exec"), module.__dict__)
    except (Exception, SystemExit) as error:
        raise code_error(file, error, place) from error
    sys.modules[name] = module
    return module


def code_error(file: CodeFile, error: BaseException, place: Place | None) -> ExperimentError:
    """An error of the user's code with its line, at the place where the experiment names the file."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file.path]
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == file.path else (lines or [None])[-1]
    where = f"{file.name}, line {line}" if line else file.name
    said = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())[:500]
    return ExperimentError(Problem(f"{where}: {type(error).__name__}{': ' if said else ''}{said}", place))


@contextmanager
def _importable(modules: dict[str, ModuleType]) -> Iterator[None]:
    """Lets the code in the block import these modules by their names."""
    hidden = {name: sys.modules[name] for name in modules if name in sys.modules}
    sys.modules.update(modules)
    try:
        yield
    finally:
        for name in modules:
            del sys.modules[name]
        sys.modules.update(hidden)
