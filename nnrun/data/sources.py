"""What makes the rows of an experiment: its generator, and those of its validation and test set where it has others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nnrun.data.files.data_files import DataFiles
from nnrun.data.files.file_glob import is_there
from nnrun.data.generators.registry import (
    Steps,
    absolute_path,
    change_paths,
    describe_columns,
    locate,
    paths_of,
    refuse_too_many,
    takes_folder,
)
from nnrun.data.matching_columns import find_mismatches, with_extents, with_new_texts
from nnrun.data.preparation.find_problems import find_preparation_problems
from nnrun.data.windows.check import find_window_problems
from nnrun.data.windows.columns import chosen_columns, network_columns
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.allowed_cells import AllowedCells
from nnrun.experiment.code.callable_code import with_code
from nnrun.experiment.code.code_file import CodeFile
from nnrun.experiment.columns import Columns
from nnrun.experiment.component import fill_in, read_component
from nnrun.experiment.data_generators import GENERATOR, SOURCES
from nnrun.experiment.experiment import Component, DataSettings
from nnrun.experiment.schema.intact import UNKNOWN
from nnrun.experiment.seeds import data_seed
from nnrun.experiment.split_section import SplitRule, read_split
from nnrun.experiment.text.yaml_text import RESOLVED, Document, decode, parse_document, read_source
from nnrun.experiment.window_section import WINDOW, read_window

_MOVED = "If the data file of this run was moved, name it where it is now, by its absolute path: --set {}=PATH"


@dataclass(frozen=True)
class DataSources:
    """The generators of an experiment, with absolute paths of their files, and what they make.

    Args:
        generator: makes the rows that are split.
        columns: the columns as the network takes them, with the files of all generators.
        others: the generators of the validation and of the test set, as far as they are not split from these rows.
    """

    generator: Component
    columns: Columns = field(default_factory=lambda: Columns(()))
    others: Mapping[str, Component] = field(default_factory=dict)

    @property
    def code(self) -> tuple[CodeFile, ...]:
        """The files of the functions of the user's own among them."""
        return tuple(each.code for each in (self.generator, *self.others.values()) if each.code)

    def settings(self, resolved: Mapping[str, Any]) -> DataSettings:
        """The settings `data` of an experiment.

        Args:
            resolved: the same as plain values, with every default.
        """
        read = {GENERATOR: self.generator, **self.others, "split": read_split(resolved), WINDOW: read_window(resolved)}
        return DataSettings(**{**resolved, **read})

    def resolved(self, written: Mapping[str, Any]) -> dict[str, Any]:
        """The generators as plain values with every default filled in.

        Args:
            written: the settings `data` as they are written.
        """
        located = {GENERATOR: self.generator, **self.others}
        return {name: _resolved(written[name], component) for name, component in located.items()}


def read_sources(
    known: Document, folder: Path, files: DataFiles, problems: list[Problem], recorded: Columns | None = None
) -> DataSources:
    """The generators of an experiment and their columns, as far as they can be read.

    Args:
        known: the document, as far as it is valid by the schema.
        folder: the absolute path of the folder that paths in the document are relative to.
        files: takes the data files that are read.
        problems: what is wrong is added to these.
        recorded: the columns that the generator makes, where a run has recorded them; no data file is read then.

    Raises:
        ExperimentError: a generator is a function of the user's own, and there is no permission to run it, or its file
            cannot be read or has changed.
    """
    data = known.at(("data",)) or {}
    if data.get(GENERATOR) is None:
        return DataSources(Component("generators", UNKNOWN))
    reader = _SourceReader(known, folder, files, problems)
    is_run = recorded is None or files.code is not None
    located = {name: reader.locate(name, with_its_code=is_run) for name in SOURCES if data.get(name) is not None}
    generator = located.pop(GENERATOR)
    if recorded is not None:
        return DataSources(generator, network_columns(recorded, data), located)
    if data.get("stream"):
        files.keep_on_disk()
    split = read_split(data)
    generated = reader.describe(GENERATOR, generator, split)
    if generated is None:
        return DataSources(generator, others=located)
    problems += find_window_problems(known, generated)
    problems += find_preparation_problems(known, _taken(generated, data))
    allowed = AllowedCells(data)
    for name, component in located.items():
        other = reader.describe(name, component, split)
        if other is not None:
            problems += find_mismatches(generated, other, component, allowed)
            generated = with_extents(with_new_texts(generated, other, allowed), other)
            generated = replace(generated, files=tuple(dict.fromkeys((*generated.files, *other.files))))
    return DataSources(generator, network_columns(generated, data), located)


def _taken(generated: Columns, data: Mapping[str, Any]) -> Columns:
    """The columns of a generator that are prepared: those that windows are cut from, or all."""
    window = read_window(data)
    return generated if window is None else chosen_columns(generated, window, read_split(data).column)


@dataclass(frozen=True, eq=False)
class _SourceReader:
    known: Document
    folder: Path
    files: DataFiles
    problems: list[Problem]

    def locate(self, name: str, *, with_its_code: bool) -> Component:
        """The generator with the absolute paths of its files, in a run's folder those that it has, or with its code."""
        generator = read_component(self.known, ("data", name), "generators")
        if with_its_code:
            generator = with_code(generator, self.folder, self.files.code, self.known.code)
        located = locate(generator, self.folder)
        lost, written = self._lost_files(located), paths_of(generator)
        if not lost:
            return located
        resolved = self.folder / RESOLVED
        document = parse_document(decode(read_source(resolved), str(resolved)), str(resolved))

        def found(steps: Steps, path: str) -> str:
            trained = document.at(("data", name, generator.name, *steps))
            if steps not in lost or not isinstance(trained, str):
                return path
            at_run = absolute_path(self.folder, trained)
            parts = [part for part in Path(written[steps]).parts if part not in (".", "..")]
            return at_run if list(Path(at_run).parts[-len(parts) :]) == parts else path

        return change_paths(located, found)

    def describe(self, name: str, generator: Component, split: SplitRule) -> Columns | None:
        """What a generator makes; None where something is wrong with it, which is added to the problems."""
        try:
            self._refuse_elsewhere(name, generator)
            data, seed = self.known.at(("data",)), data_seed(self.known)
            columns = describe_columns(generator, self.files, AllowedCells(data), split=split, seed=seed)
            refuse_too_many(generator, network_columns(columns, data))
            return columns
        except ExperimentError as error:
            self.problems.extend(self._with_remedy(name, generator, problem) for problem in error.problems)
        return None

    def _refuse_elsewhere(self, name: str, generator: Component) -> None:
        """Refuses data files outside the folder of the experiment, unless the command line itself names them."""
        for steps, path in paths_of(generator).items():
            place = self.known.place(("data", name, generator.name, *steps)) or generator.place
            if place is not None and place.line == 0:
                continue
            try:
                setting, folders = _setting(name, generator, steps), takes_folder(generator)
                self.files.refuse_elsewhere(Path(path), self.folder, setting, may_be_folder=folders)
            except ExperimentError as error:
                raise ExperimentError(*(replace(problem, place=place) for problem in error.problems)) from error

    def _lost_files(self, generator: Component) -> list[Steps]:
        """The files that a run was trained with and that are no longer there, if the folder is that of a run."""
        lost = [steps for steps, path in paths_of(generator).items() if not is_there(Path(path))]
        return lost if lost and (self.folder / RESOLVED).is_file() else []

    def _with_remedy(self, name: str, generator: Component, problem: Problem) -> Problem:
        lost = self._lost_files(generator)
        return replace(problem, hint=_MOVED.format(_setting(name, generator, lost[0]))) if lost else problem


def _setting(name: str, generator: Component, steps: Steps) -> str:
    """The path of the setting that names a file."""
    return ".".join(map(str, ("data", name, generator.name, *steps)))


def _resolved(written: Any, located: Component) -> Any:
    filled = fill_in("generators", written)
    if isinstance(filled, dict) and located.code:
        return {located.name: {**filled[located.name], "sha256": located.code.sha256}}
    files = {str(steps[0]): located.arguments[str(steps[0])] for steps in paths_of(located)}
    if isinstance(filled, dict) and files:
        return {located.name: {**filled[located.name], **files}}
    return filled
