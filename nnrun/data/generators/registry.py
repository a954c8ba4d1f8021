"""The generators by name, and the columns that one of them makes.

A module of this package that holds a `GENERATOR` is an entry, and has the generator's name; the other modules are what
entries have in common. Only the module that an experiment names is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from nnrun.data import generators
from nnrun.data.dataset import Source
from nnrun.data.files.data_files import DataFiles
from nnrun.data.generators.generator import GROUPS, Generator, GeneratorArguments, Resources
from nnrun.errors import ExperimentError, Problem, did_you_mean
from nnrun.experiment.allowed_cells import AllowedCells
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import Component
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.split_section import RANDOM, SplitRule

MAX_NUMBERS = 200_000_000
# An argument, and the key or position of the item within it.
Steps = tuple[str | int, ...]


def find_generator(name: str) -> Generator | None:
    """The generator of a name, or None where the catalogue of generators has no such name."""
    if load_catalog().entry("generators", name) is None:
        return None
    found: Generator = import_module(f"{generators.__name__}.{name}").GENERATOR
    return found


def all_generators() -> dict[str, Generator]:
    """Every generator of the package by its name, group by group; the catalogue of generators is made from them."""
    names = sorted(module.name for module in iter_modules(generators.__path__))
    modules = {name: import_module(f"{generators.__name__}.{name}") for name in names}
    found = {name: module.GENERATOR for name, module in modules.items() if hasattr(module, "GENERATOR")}
    return dict(sorted(found.items(), key=lambda item: GROUPS.index(item[1].group)))


def describe_columns(
    generator: Component,
    files: DataFiles | None = None,
    allowed: AllowedCells | None = None,
    split: SplitRule = RANDOM,
    seed: int = 0,
) -> Columns:
    """The columns that a generator makes, without making a row.

    Args:
        generator: its arguments have the types that the catalogue of generators names; the path of a file is absolute.
        files: the files that were read already; takes those that are read here.
        allowed: the missing cells and the texts that the preparation handles; by default none.
        split: by which rule the rows will be split.
        seed: the seed of the data, for a generator whose columns only its rows show.

    Returns:
        The columns, the number of samples and the number of classes.

    Raises:
        ExperimentError: there is no such generator, or its arguments contradict one another or cannot be; all problems
            at once.
        StorageError: a file changed while it was read.
    """
    columns = _existing(generator).columns(GeneratorArguments(generator, files, allowed, split, seed))
    refuse_too_many(generator, columns)
    return columns


def refuse_too_many(generator: Component, columns: Columns) -> None:
    """Refuses more numbers than fit into memory.

    Raises:
        ExperimentError: the rows have more than `MAX_NUMBERS` numbers.
    """
    numbers = (columns.samples or 0) * sum(column.width for column in (*columns.inputs, *columns.targets))
    if numbers > MAX_NUMBERS and not _existing(generator).streams:
        message = f"Data have at most {MAX_NUMBERS:,} numbers (rows × columns). Received: {numbers:,}"
        raise ExperimentError(Problem(message, generator.places.get("samples", generator.place)))


def make_source(
    generator: Component,
    resources: Resources,
    files: DataFiles | None = None,
    allowed: AllowedCells | None = None,
    split: SplitRule = RANDOM,
) -> Source:
    """The rows of a generator whose columns are known; the arguments are those of `describe_columns`.

    Raises:
        ExperimentError: a downloadable set is not on this machine and cannot be downloaded.
        StorageError: a downloadable set cannot be read or written.
    """
    return _existing(generator).make(GeneratorArguments(generator, files, allowed, split), resources)


def locate(generator: Component, folder: Path) -> Component:
    """The generator with the paths of its files made absolute.

    Args:
        generator: its arguments have the types that the catalogue of generators names.
        folder: the absolute path of the folder that a path in the experiment is relative to.
    """
    return change_paths(generator, lambda _, written: absolute_path(folder, written))


def absolute_path(folder: Path, written: str) -> str:
    """The path of a file that is written relative to a folder."""
    path = folder / written
    return str(path.parent.resolve() / path.name if ".." in path.parts else path)


def paths_of(generator: Component) -> dict[Steps, str]:
    """The paths of files among the arguments of a generator, each with the steps that lead to it."""
    found: dict[Steps, str] = {}

    def note(steps: Steps, path: str) -> str:
        found[steps] = path
        return path

    change_paths(generator, note)
    return found


def weight_column(generator: Component) -> str | None:
    """The column with the weight of each row, if there is one; that of an npy file has the file's name."""
    written: str | None = generator.arguments.get("sample_weight")
    is_path = "sample_weight" in {steps[0] for steps in paths_of(generator)}
    return Path(written).stem if written is not None and is_path else written


def change_paths(generator: Component, change: Callable[[Steps, str], str]) -> Component:
    """The generator with other paths of its files.

    Args:
        generator: its arguments have the types that the catalogue of generators names.
        change: gets the steps that lead to a path, and the path; returns that which takes its place.
    """
    known = find_generator(generator.name)
    named = [name for name in known.files if name in generator.arguments] if known else []
    changed = {name: _changed((name,), generator.arguments[name], change) for name in named}
    return replace(generator, arguments={**generator.arguments, **changed}) if named else generator


def _changed(steps: Steps, value: Any, change: Callable[[Steps, str], str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _changed((*steps, key), item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [_changed((*steps, i), item, change) for i, item in enumerate(value)]
    return change(steps, value)


def takes_folder(generator: Component) -> bool:
    """Whether the paths of its files may be those of folders."""
    found = find_generator(generator.name)
    return found is not None and found.folder


def _existing(generator: Component) -> Generator:
    found = find_generator(generator.name)
    if found is None:
        hint = did_you_mean(generator.name, load_catalog().names("generators")) or "See nnrun catalog generators"
        raise ExperimentError(Problem(f'There is no data generator "{generator.name}".', generator.place, hint))
    return found
