"""From an experiment file to an `Experiment`: read, override, check, wire, fill in the defaults."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nnrun.data.files.data_files import DataFiles
from nnrun.data.generators.registry import describe_columns, file_argument, locate
from nnrun.data.predict_settings import read_samples
from nnrun.data.splits import find_split_problems, split_size
from nnrun.errors import MOST_PROBLEMS, ExperimentError, Place, Problem, first_problems
from nnrun.experiment.callbacks import read_callbacks
from nnrun.experiment.class_weight import read_class_weight
from nnrun.experiment.columns import Columns
from nnrun.experiment.component import fill_in, read_component
from nnrun.experiment.expectations import EXAMPLE, Expectation, parse_expectation
from nnrun.experiment.experiment import Component, DataSettings, Experiment, Output
from nnrun.experiment.schedules import schedule_warning
from nnrun.experiment.schema.envelope import envelope
from nnrun.experiment.schema.intact import UNKNOWN, broken_layers, is_wiring_known, without_broken
from nnrun.experiment.schema.validation import find_faults, in_file_order
from nnrun.experiment.sweep_section import SECTION, SweepSettings, read_sweep
from nnrun.experiment.text.overrides import apply_overrides, put
from nnrun.experiment.text.yaml_text import RESOLVED, Document, ValuePath, decode, parse_document, read_source
from nnrun.network.arity import find_count_problems
from nnrun.network.loss_warnings import find_loss_warnings, find_reach_warnings
from nnrun.network.metric_names import find_unmeasured
from nnrun.network.metric_warnings import find_metric_warnings
from nnrun.network.outputs import read_outputs
from nnrun.network.shapes import walk
from nnrun.network.targets import find_target_problems
from nnrun.network.wiring import Graph, read_graph

_MOVED = "If the data file of this run was moved, name it where it is now: --set data.generator.csv.path=PATH"


def load_experiment(
    path: Path, overrides: Sequence[str] = (), name: str | None = None, files: DataFiles | None = None
) -> Experiment:
    """Reads an experiment file and checks all that can be known without TensorFlow.

    Args:
        path: the file.
        overrides: settings to change, each `PATH=VALUE`.
        name: the experiment's name in place of the file's own.
        files: takes the data files that are read; hand them on to `generate`, and they are not read again.

    Raises:
        ExperimentError: with every problem that was found, in file order.
    """
    source = read_source(path)
    document = parse_document(decode(source, str(path)), str(path))
    if isinstance(document.value, dict):
        apply_overrides(document, overrides)
        if name is not None:
            place = Place("--name", 0, 1, name)
            put(document, ("name",), name, place, place)
    return interpret(document, source, default_name(path), path.absolute().parent, files)


def interpret(
    document: Document,
    source: bytes,
    stem: str,
    folder: Path,
    files: DataFiles | None = None,
    sweep: SweepSettings | None = None,
) -> Experiment:
    """The experiment that a parsed document describes.

    Args:
        document: the document, overrides applied.
        source: the bytes of the file it comes from.
        stem: the name of an experiment that has none.
        folder: the absolute path of the folder that paths in the document are relative to.
        files: takes the data files that are read.
        sweep: of a trial the settings of its sweep; by default those of the document.

    Raises:
        ExperimentError: as for `load_experiment`.
    """
    faults = find_faults(document)
    if () in faults.broken or len(faults.problems) > MOST_PROBLEMS:
        raise ExperimentError(*faults.problems)
    problems, warnings = list(faults.problems), list[Problem]()
    known = without_broken(document, faults.broken)
    generator, columns = _data(known, folder, files or DataFiles(), problems)
    graph, outputs = _network(document, known, faults.broken, columns, problems, warnings)
    problems += find_split_problems(known, columns)
    optimizer = _component(known, ("optimizer",), "optimizers")
    callbacks = read_callbacks(known, optimizer, problems)
    class_weight = read_class_weight(known, columns, outputs, problems)
    expect, places = _expectations(known, problems)
    predict = read_samples(known, columns, problems)
    sweep = sweep or read_sweep(known, problems)
    expected = list(zip(expect, places, strict=True))
    problems += first_problems(find_unmeasured(known, columns, outputs, callbacks, expected, sweep, faults.broken))
    if problems or graph is None:
        raise ExperimentError(*in_file_order(dict.fromkeys(problems)))
    warnings += _schedule_warnings(document, columns, optimizer)
    resolved = resolve(document, stem, generator)
    plain = ("name", "seed", "epochs", "batch_size", "shuffle", "keep", "precision", "engine")
    return Experiment(
        **{name: resolved[name] for name in plain},
        data=DataSettings(**{**resolved["data"], "generator": generator}),
        columns=columns,
        inputs=graph.inputs,
        layers=graph.layers,
        outputs=outputs,
        optimizer=optimizer,
        class_weight=class_weight,
        callbacks=callbacks,
        predict=predict,
        expect=expect,
        expect_places=places,
        resolved=resolved,
        source=source,
        warnings=tuple(in_file_order(warnings)),
    )


def _refuse_elsewhere(document: Document, generator: Component, folder: Path, files: DataFiles) -> None:
    """Refuses a data file outside the folder of the experiment, unless the command line itself names it."""
    argument = file_argument(generator)
    place = generator.place_of(argument) if argument else None
    if argument is None or (place is not None and place.line == 0):
        return
    try:
        setting = f"data.generator.{generator.name}.{argument}"
        files.refuse_elsewhere(Path(generator.arguments[argument]), folder, setting)
    except ExperimentError as error:
        raise ExperimentError(*(replace(problem, place=place) for problem in error.problems)) from error


def _has_lost_file(generator: Component, folder: Path) -> bool:
    """Whether the folder is that of a run, and the data file that it was trained with is no longer there."""
    argument = file_argument(generator)
    there = argument is None or Path(generator.arguments[argument]).exists()
    return not there and (folder / RESOLVED).is_file()


def _with_remedy(problem: Problem, generator: Component, folder: Path) -> Problem:
    return replace(problem, hint=_MOVED) if _has_lost_file(generator, folder) else problem


def _located(generator: Component, folder: Path) -> Component:
    """The generator with the absolute path of its file; that in `resolved.yaml` for the experiment file of a run."""
    located, argument, resolved = locate(generator, folder), file_argument(generator), folder / RESOLVED
    if argument is None or not _has_lost_file(located, folder):
        return located
    document = parse_document(decode(read_source(resolved), str(resolved)), str(resolved))
    trained = document.at(("data", "generator", generator.name, argument))
    if not isinstance(trained, str):
        return located
    at_run = locate(replace(generator, arguments={**generator.arguments, argument: trained}), folder)
    parts = [part for part in Path(generator.arguments[argument]).parts if part not in (".", "..")]
    same = list(Path(at_run.arguments[argument]).parts[-len(parts) :]) == parts
    return at_run if same else located


def resolve(document: Document, stem: str, generator: Component) -> dict[str, Any]:
    """The settings in the schema's order with every default filled in; components with the catalogue's defaults.

    The path of a file is absolute, so that the resolved form is valid in every folder.
    """
    properties = envelope()["properties"]
    written: dict[str, Any] = document.value
    defaults = {key: part["default"] for key, part in properties.items() if "default" in part}
    defaults["name"] = stem
    present = [key for key in properties if key != SECTION and (key in written or key in defaults)]
    resolved = {key: written.get(key, defaults.get(key)) for key in present}
    data = {key: part["default"] for key, part in properties["data"]["properties"].items() if "default" in part}
    written_generator = fill_in("generators", written["data"]["generator"])
    if isinstance(written_generator, dict) and (file := file_argument(generator)):
        written_generator = {generator.name: {**written_generator[generator.name], file: generator.arguments[file]}}
    resolved["data"] = {"generator": written_generator, **data, **_without(written["data"], "generator")}
    resolved["layers"] = [fill_in("layers", layer) for layer in written["layers"]]
    resolved["optimizer"] = fill_in("optimizers", written["optimizer"])
    resolved["callbacks"] = [fill_in("callbacks", callback) for callback in written.get("callbacks", [])]
    return resolved


def _component(known: Document, path: ValuePath, kind: str) -> Component:
    return Component(kind, UNKNOWN) if known.at(path) is None else read_component(known, path, kind)


def _data(known: Document, folder: Path, files: DataFiles, problems: list[Problem]) -> tuple[Component, Columns]:
    """The generator and its columns, as far as they can be read."""
    generator = _component(known, ("data", "generator"), "generators")
    if generator.name == UNKNOWN:
        return generator, Columns(())
    generator = _located(generator, folder)
    try:
        _refuse_elsewhere(known, generator, folder, files)
        return generator, describe_columns(generator, files)
    except ExperimentError as error:
        problems.extend(_with_remedy(problem, generator, folder) for problem in error.problems)
    return generator, Columns(())


def _network(
    document: Document,
    known: Document,
    broken: Collection[ValuePath],
    columns: Columns,
    problems: list[Problem],
    warnings: list[Problem],
) -> tuple[Graph | None, tuple[Output, ...]]:
    """The graph and its outputs, as far as they can be read."""
    graph = None
    outputs: tuple[Output, ...] = ()
    settings = {path[0] for path in broken if path[1:2] != ("generator",)}
    if "layers" not in known.value:
        return None, ()
    try:
        graph = read_graph(document, columns, broken_layers(broken))
        if not settings & {"outputs", "loss"}:
            outputs = read_outputs(known, graph, columns)
    except ExperimentError as error:
        if is_wiring_known(broken):
            problems.extend(error.problems)
    if graph is not None:
        shapes, misfits = walk(graph, columns)
        problems += [*find_count_problems(graph), *misfits]
        data = known.at(("data",)) or {}
        if "data" not in settings:
            problems += find_target_problems(graph, outputs, shapes, columns, data)
        if not problems:
            warnings += first_problems(find_loss_warnings(graph, outputs))
            warnings += first_problems(find_reach_warnings(graph, outputs, columns, data))
            warnings += first_problems(find_metric_warnings(graph, outputs, shapes, columns, data))
    return graph, outputs if "metrics" not in settings else ()


def _schedule_warnings(document: Document, columns: Columns, optimizer: Component) -> list[Problem]:
    if columns.samples is None:
        return []
    data = document.value["data"]
    shares = (data.get(name, 0) for name in ("validation_split", "test_split"))
    rows = columns.samples - sum(split_size(columns.samples, share) for share in shares)
    warning = schedule_warning(optimizer, rows, document.at(("batch_size",)) or 32, document.value["epochs"])
    return [warning] if warning else []


def _without(mapping: dict[str, Any], key: str) -> dict[str, Any]:
    return {other: value for other, value in mapping.items() if other != key}


def _expectations(
    document: Document, problems: list[Problem]
) -> tuple[tuple[Expectation, ...], tuple[Place | None, ...]]:
    expectations, places, wrong = [], [], []
    for i, text in enumerate(document.at(("expect",)) or ()):
        place = document.place(("expect", i))
        if text == UNKNOWN:
            continue
        try:
            expectations.append(parse_expectation(text))
            places.append(place)
        except ValueError as error:
            reason = str(error)
            wrong.append(Problem(f"{reason[0].upper()}{reason[1:]}. Received: {text}", place, EXAMPLE))
    problems += first_problems(wrong)
    return tuple(expectations), tuple(places)


def default_name(path: Path) -> str:
    """The name of an experiment without one: the file's stem with dashes in place of what a name cannot have."""
    stem = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in path.stem)[:64]
    return stem if stem[:1].isalnum() else f"experiment{stem}"[:64]
