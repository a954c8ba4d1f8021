"""What a generator is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from nnrun.data.dataset import Source
from nnrun.data.files.data_files import DataFiles
from nnrun.errors import MOST_PROBLEMS, ExperimentError, Problem, first_problems
from nnrun.experiment.allowed_cells import AllowedCells
from nnrun.experiment.columns import Columns
from nnrun.experiment.component import with_defaults
from nnrun.experiment.experiment import Component
from nnrun.experiment.split_section import RANDOM, SplitRule

if TYPE_CHECKING:  # NumPy waits until rows are made
    import numpy as np

JsonSchema = dict[str, Any]

# What generators are for, in the order of the documentation.
Group = Literal["own data", "classification", "regression", "algorithmic tasks", "time series", "public data sets"]
GROUPS: tuple[str, ...] = get_args(Group)


@dataclass(frozen=True)
class Resources:
    """What rows are made from besides the arguments.

    Args:
        rng: draws what is random.
        keras_home: the folder of Keras's downloaded sets.
        stream: whether the rows are to be read in parts, by a generator that `streams`.
    """

    rng: np.random.Generator
    keras_home: Path
    stream: bool = False


class GeneratorArguments:
    """The arguments of a generator with every default, and the problems found in them.

    Args:
        component: the generator as written; the path of a file is absolute.
        files: the data files that were read.
        allowed: the missing cells and the texts that the preparation handles; by default none.
        split: by which rule the rows will be split, perhaps by a column that has no other use.
        seed: the seed of the data, for a generator whose columns only its rows show.
    """

    def __init__(
        self,
        component: Component,
        files: DataFiles | None = None,
        allowed: AllowedCells | None = None,
        split: SplitRule = RANDOM,
        seed: int = 0,
    ) -> None:
        self.component = component
        self.files = files or DataFiles()
        self.allowed = allowed or AllowedCells()
        self.split = split
        self.seed = seed
        self.values = with_defaults(component)
        self.problems: list[Problem] = []

    def __getitem__(self, argument: str) -> Any:
        return self.values[argument]

    def add(self, argument: str, message: str, hint: str | None = None, at: tuple[int | str, ...] = ()) -> None:
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
        files: the arguments that are paths of files: a path, a list of paths, or a mapping to paths.
        folder: whether such a path may be a folder of files.
        link: the address of a page about it.
        group: what it is for.
        streams: whether its rows can be read in parts, with `Resources.stream`.
        example: the arguments of an example that shows it; those that it must be given at the least.
        pictured: the columns that its picture in the documentation shows, one or two; none for all.
    """

    name: str
    summary: str
    arguments: Mapping[str, JsonSchema]
    columns: Callable[[GeneratorArguments], Columns]
    make: Callable[[GeneratorArguments, Resources], Source]
    additional: JsonSchema | None = None
    files: tuple[str, ...] = ()
    folder: bool = False
    link: str | None = None
    group: Group = "own data"
    streams: bool = False
    example: Mapping[str, Any] = field(default_factory=dict)
    pictured: tuple[str, ...] = ()


def integer(description: str, default: int | None = None, *, minimum: int = 1, maximum: int) -> JsonSchema:
    """The schema of a whole number."""
    schema: JsonSchema = {"description": description, "type": "integer", "minimum": minimum, "maximum": maximum}
    return schema if default is None else {**schema, "default": default}


def number(description: str, default: float, **bounds: float) -> JsonSchema:
    """The schema of a number from 0."""
    return {"description": description, "type": "number", "minimum": 0, **bounds, "default": default}
