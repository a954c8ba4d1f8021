"""The function of the user's own that makes rows: `module:function` in an experiment."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.code.code_file import CodeAccess, CodeFile, read_code, refuse_code
from nnrun.experiment.experiment import Component

NAME = "python"
CALLABLE = "callable"
_DIGEST = "sha256"


def function_name(callable_: str) -> str:
    """The function in `module:function`."""
    return callable_.partition(":")[2]


def file_name(callable_: str) -> str:
    """The file of the module in `module:function`, relative to the folder of the experiment."""
    return f"{callable_.partition(':')[0].replace('.', '/')}.py"


def with_code(
    generator: Component, folder: Path, access: CodeAccess | None, before: tuple[CodeFile, ...] = ()
) -> Component:
    """The generator with the file of its function, where it has one.

    Args:
        generator: the generator.
        folder: the folder that the module lies in or below, or that of a run with a copy of it.
        access: the permission to run it; None where there is none.
        before: the files of the experiment that it can import.

    Raises:
        ExperimentError: there is no permission, or the file cannot be read.
    """
    if generator.name != NAME:
        return generator
    written, place = str(generator.arguments[CALLABLE]), generator.place_of(CALLABLE)
    module, _, function = written.partition(":")
    if not all(part.isidentifier() for part in (*module.split("."), function)):
        message = f"A function is written as module:function. Received: {written}"
        raise ExperimentError(Problem(message, place, "For example rows:make, for the function make in rows.py"))
    name = file_name(written)
    if access is None:
        raise refuse_code(name, place)
    others = tuple(file for file in before if file.name != name)
    file = read_code(name, folder, place, generator.arguments.get(_DIGEST), others)
    if file.uses_keras:
        access.prepare()
    return replace(generator, code=file, arguments={**generator.arguments, _DIGEST: file.sha256})
