"""All generators by name, and the columns that one of them makes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from nnrun.data.dataset import Source
from nnrun.data.files.data_files import DataFiles
from nnrun.data.generators.blobs import BLOBS
from nnrun.data.generators.circles import CIRCLES
from nnrun.data.generators.csv_table import CSV
from nnrun.data.generators.digits import DIGITS
from nnrun.data.generators.fashion_mnist import FASHION_MNIST
from nnrun.data.generators.function import FUNCTION
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.mnist import MNIST
from nnrun.data.generators.moons import MOONS
from nnrun.data.generators.spirals import SPIRALS
from nnrun.data.generators.table import TABLE
from nnrun.errors import ExperimentError, Problem, did_you_mean
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import Component

MAX_NUMBERS = 100_000_000

GENERATORS: Mapping[str, Generator] = {
    generator.name: generator
    for generator in (TABLE, FUNCTION, CSV, MOONS, CIRCLES, BLOBS, SPIRALS, DIGITS, MNIST, FASHION_MNIST)
}


def describe_columns(generator: Component, files: DataFiles | None = None) -> Columns:
    """The columns that a generator makes, without making a row.

    Args:
        generator: its arguments have the types that the catalogue of generators names; the path of a file is absolute.
        files: the files that were read already; takes those that are read here.

    Returns:
        The columns, the number of samples and the number of classes.

    Raises:
        ExperimentError: there is no such generator, or its arguments contradict one another or cannot be; all problems
            at once.
        StorageError: a file changed while it was read.
    """
    if generator.name not in GENERATORS:
        hint = did_you_mean(generator.name, GENERATORS) or f"The data generators are: {', '.join(GENERATORS)}."
        raise ExperimentError(Problem(f'There is no data generator "{generator.name}".', generator.place, hint))
    columns = GENERATORS[generator.name].columns(GeneratorArguments(generator, files))
    numbers = (columns.samples or 0) * sum(column.width for column in (*columns.inputs, *columns.targets))
    if numbers > MAX_NUMBERS:
        message = f"Data have at most {MAX_NUMBERS:,} numbers (rows × columns). Received: {numbers:,}"
        raise ExperimentError(Problem(message, generator.places.get("samples", generator.place)))
    return columns


def make_source(generator: Component, resources: Resources, files: DataFiles | None = None) -> Source:
    """The rows of a generator whose columns are known.

    Raises:
        ExperimentError: a downloadable set is not on this machine and cannot be downloaded.
        StorageError: a downloadable set cannot be read or written.
    """
    return GENERATORS[generator.name].make(GeneratorArguments(generator, files), resources)


def locate(generator: Component, folder: Path) -> Component:
    """The generator with the path of its file made absolute, if it has one.

    Args:
        generator: its arguments have the types that the catalogue of generators names.
        folder: the absolute path of the folder that a path in the experiment is relative to.
    """
    argument = file_argument(generator)
    if argument is None:
        return generator
    path = folder / generator.arguments[argument]
    if ".." in path.parts:
        path = path.parent.resolve() / path.name
    return replace(generator, arguments={**generator.arguments, argument: str(path)})


def file_argument(generator: Component) -> str | None:
    """The argument that is the path of a file, if the generator has one."""
    return GENERATORS[generator.name].file if generator.name in GENERATORS else None
