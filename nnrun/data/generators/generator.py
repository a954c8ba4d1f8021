"""What a generator is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrun.data.dataset import Source
from nnrun.data.files.data_files import DataFiles
from nnrun.errors import MOST_PROBLEMS, ExperimentError, Problem, first_problems
from nnrun.experiment.columns import Columns
from nnrun.experiment.component import with_defaults
from nnrun.experiment.experiment import Component

if TYPE_CHECKING:  # NumPy waits until rows are made
    import numpy as np

JsonSchema = dict[str, Any]


@dataclass(frozen=True)
class Resources:
    """What rows are made from besides the arguments.

    Args:
        rng: draws what is random.
        keras_home: the folder of Keras's downloaded sets.
    """

    rng: np.random.Generator
    keras_home: Path


class GeneratorArguments:
    """The arguments of a generator with every default, and the problems found in them.

    Args:
        component: the generator as written; the path of a file is absolute.
        files: the data files that were read.
    """

    def __init__(self, component: Component, files: DataFiles | None = None) -> None:
        self.component = component
        self.files = files or DataFiles()
        self.values = with_defaults(component)
        self.problems: list[Problem] = []

    def __getitem__(self, argument: str) -> Any:
        return self.values[argument]

    def add(self, argument: str, message: str, hint: str | None = None, at: tuple[int, ...] = ()) -> None:
        """Adds a problem of an argument, or of the item at a position of it."""
        self.problems.append(Problem(message, self.component.place_of(argument, *at), hint))

    @property
    def is_full(self) -> bool:
        """Whether there are more problems than are reported."""
        return len(self.problems) > MOST_PROBLEMS

    def finish(self) -> None:
        """Raises ExperimentError with all problems, if there are any."""
        if self.problems:
            raise ExperimentError(*first_problems(self.problems))


@dataclass(frozen=True)
class Generator:
    """A kind of data that an experiment can name.

    Args:
        name: its name.
        summary: what it is, in a sentence.
        arguments: the JSON Schema (draft-07) of each argument by name, with its description and default, and
            `required` where it must be given.
        columns: the columns it makes, without NumPy; raises ExperimentError where the arguments contradict one another.
        make: the rows, from arguments whose columns are known.
        additional: the JSON Schema of arguments whose names are free, if it takes such.
        file: the argument that is the path of a file, if any.
        link: the address of a page about it.
    """

    name: str
    summary: str
    arguments: Mapping[str, JsonSchema]
    columns: Callable[[GeneratorArguments], Columns]
    make: Callable[[GeneratorArguments, Resources], Source]
    additional: JsonSchema | None = None
    file: str | None = None
    link: str | None = None


def integer(description: str, default: int | None = None, *, minimum: int = 1, maximum: int) -> JsonSchema:
    """The schema of a whole number."""
    schema: JsonSchema = {"description": description, "type": "integer", "minimum": minimum, "maximum": maximum}
    return schema if default is None else {**schema, "default": default}


def number(description: str, default: float, **bounds: float) -> JsonSchema:
    """The schema of a number from 0."""
    return {"description": description, "type": "number", "minimum": 0, **bounds, "default": default}
