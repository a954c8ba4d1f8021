"""From an experiment file to an `Experiment`: read, override, check, wire, fill in the defaults."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from nnrun.data.files.data_files import DataFiles
from nnrun.data.predict_settings import date_kinds, read_samples
from nnrun.data.sources import DataSources, read_sources
from nnrun.data.splits.check import find_split_problems
from nnrun.data.splits.sizes import training_size
from nnrun.data.stream.rule import find_stream_problems
from nnrun.data.windows.row_order import find_order_warnings
from nnrun.errors import MOST_PROBLEMS, ExperimentError, Place, Problem, first_problems
from nnrun.experiment.callbacks import find_callback_warnings, read_callbacks
from nnrun.experiment.class_weight import read_class_weight
from nnrun.experiment.clipping import find_clipping_problems
from nnrun.experiment.code.custom_section import SECTION as CUSTOM
from nnrun.experiment.code.custom_section import resolved_custom, with_custom
from nnrun.experiment.columns import Columns
from nnrun.experiment.component import fill_in, read_component
from nnrun.experiment.data_generators import SOURCES
from nnrun.experiment.expect.faults import find_expectation_problems
from nnrun.experiment.expect.section import read_expectations, read_share
from nnrun.experiment.experiment import ClassWeight, Component, DataSettings, Experiment, Output
from nnrun.experiment.grid_section import SECTION
from nnrun.experiment.schedules import find_rate_warnings, find_schedule_problems
from nnrun.experiment.schema.envelope import envelope
from nnrun.experiment.schema.intact import UNKNOWN, broken_layers, is_wiring_known, without_broken
from nnrun.experiment.schema.validation import find_faults, in_file_order
from nnrun.experiment.seeds import SEEDS, find_seed_problems, in_order, with_first_seeds
from nnrun.experiment.start_section import SECTION as START
from nnrun.experiment.start_section import StartSettings, read_start
from nnrun.experiment.sweep_section import SweepSettings, read_sweep
from nnrun.experiment.text.overrides import apply_overrides, put
from nnrun.experiment.text.yaml_text import Document, ValuePath, decode, parse_document, read_source
from nnrun.experiment.threshold_warnings import find_threshold_warnings
from nnrun.network.arity import find_count_problems
from nnrun.network.category_warnings import find_category_warnings
from nnrun.network.expected_parts import expected_parts
from nnrun.network.input_warnings import find_coarse_warnings, find_input_warnings, find_token_warnings
from nnrun.network.loss_warnings import find_loss_warnings, find_ratio_warnings, find_reach_warnings
from nnrun.network.metric_names import find_unmeasured
from nnrun.network.metric_warnings import find_metric_warnings
from nnrun.network.outputs import read_outputs
from nnrun.network.rows_in_part import doubted, part_warnings
from nnrun.network.sampled_targets import find_sampled_reach_warnings, sampled_weight_problems
from nnrun.network.shapes import walk
from nnrun.network.targets import find_shares_warnings, find_target_problems
from nnrun.network.trainable import find_frozen_warnings
from nnrun.network.wiring import Graph, read_graph

_PLAIN = ("name", "seed", "epochs", "batch_size", "shuffle", "keep", "precision", "engine", "tracking")


def load_experiment(
    path: Path,
    overrides: Sequence[str] = (),
    name: str | None = None,
    files: DataFiles | None = None,
    columns: Columns | None = None,
    *,
    swept: bool = False,
    source: bytes | None = None,
) -> Experiment:
    """Reads an experiment file and checks all that can be known without TensorFlow.

    Args:
        path: the file.
        overrides: settings to change, each `PATH=VALUE`.
        name: the experiment's name in place of the file's own.
        files: takes the data files that are read; hand them on to `generate`, and they are not read again.
        columns: what the generator makes, where a run has recorded it; no data file is read then.
        swept: whether ranges of seeds are allowed, whose first values count then.
        source: the bytes of the file, where they have been read.

    Raises:
        ExperimentError: with every problem that was found, in file order.
    """
    source = read_source(path) if source is None else source
    document = parse_document(decode(source, str(path)), str(path))
    override(document, overrides, name)
    document = with_first_seeds(document) if swept else document
    return interpret(document, source, default_name(path), path.absolute().parent, files, columns=columns)


def override(document: Document, overrides: Sequence[str], name: str | None) -> None:
    """Changes the settings of a parsed experiment, and its name; the arguments are those of `load_experiment`.

    Raises:
        ExperimentError: an override has another form, or its path leads nowhere.
    """
    if isinstance(document.value, dict):
        apply_overrides(document, overrides)
        if name is not None:
            place = Place("--name", 0, 1, name)
            put(document, ("name",), name, place, place)


def load_data(path: Path, overrides: Sequence[str], files: DataFiles) -> tuple[DataSettings, Columns]:
    """Reads the data settings of an experiment file, whether or not its network suits them.

    Args:
        path: the file.
        overrides: settings to change, each `PATH=VALUE`.
        files: takes the data files that are read.

    Raises:
        ExperimentError: with every problem of the file's form and of its data, in file order.
    """
    document = parse_document(decode(read_source(path), str(path)), str(path))
    apply_overrides(document, overrides)
    document = with_custom(document, path.absolute().parent, files.code)
    problems = list(find_faults(document).problems)
    if problems:
        raise ExperimentError(*problems)
    sources = read_sources(document, path.absolute().parent, files, problems)
    problems += find_split_problems(document, sources.columns)
    if problems:
        raise ExperimentError(*in_file_order(problems))
    return sources.settings(resolve(document, default_name(path), sources, None)["data"]), sources.columns


def interpret(
    document: Document,
    source: bytes,
    stem: str,
    folder: Path,
    files: DataFiles | None = None,
    sweep: SweepSettings | None = None,
    columns: Columns | None = None,
) -> Experiment:
    """The experiment that a parsed document describes.

    Args:
        document: the document, overrides applied.
        source: the bytes of the file it comes from.
        stem: the name of an experiment that has none.
        folder: the absolute path of the folder that paths in the document are relative to.
        files: takes the data files that are read.
        sweep: of a trial the settings of its sweep; by default those of the document.
        columns: as for `load_experiment`.

    Raises:
        ExperimentError: as for `load_experiment`.
    """
    files = files or DataFiles()
    document = with_custom(document, folder, files.code)
    faults = find_faults(document)
    if () in faults.broken or len(faults.problems) > MOST_PROBLEMS:
        raise ExperimentError(*faults.problems)
    problems, warnings = list(faults.problems), list[Problem]()
    known = without_broken(document, faults.broken)
    sources = read_sources(known, folder, files, problems, columns)
    is_recorded, columns = columns is not None, sources.columns
    found = problems if columns.looked_at is None else []
    graph, outputs = _network(document, known, faults.broken, columns, found, warnings)
    problems += [] if is_recorded else find_split_problems(known, columns)
    problems += [*find_stream_problems(known, sources.generator, sources.columns), *find_seed_problems(known)]
    optimizer, callbacks = _optimizer_and_callbacks(known, problems)
    class_weight = _class_weight(known, columns, outputs, found)
    expected = read_expectations(known, problems)
    predict = read_samples(known, columns, found, dates=date_kinds(sources.generator))
    start = read_start(known, [layer.name for layer in graph.layers] if graph else (), folder, problems)
    is_trial, sweep = sweep is not None, sweep or read_sweep(known, problems)
    parts = expected_parts(known, graph, outputs, columns, sweep, is_trial=is_trial)
    problems += first_problems(find_expectation_problems(expected, parts))
    problems += first_problems(find_unmeasured(known, columns, outputs, callbacks, expected, sweep, faults.broken))
    if found is not problems and not doubted(columns, found, is_wired=graph is not None):
        problems, found = [*problems, *found], []
    if problems or graph is None:
        raise ExperimentError(*in_file_order(dict.fromkeys(problems)))
    warnings += _column_warnings(columns, sources.generator, found)
    warnings += [] if is_recorded else first_problems(find_order_warnings(known, sources.generator, files))
    warnings += find_callback_warnings(callbacks, known.value["epochs"])
    thresholds = [*((one.threshold, place) for one, place in expected), (sweep.reach, sweep.reach_place)]
    warnings += first_problems(find_threshold_warnings(thresholds))
    resolved = resolve(document, stem, sources, start)
    return Experiment(
        **{name: resolved[name] for name in _PLAIN},
        data=sources.settings(resolved["data"]),
        columns=columns,
        inputs=graph.inputs,
        layers=graph.layers,
        outputs=outputs,
        optimizer=optimizer,
        class_weight=class_weight,
        callbacks=callbacks,
        predict=predict,
        expect=tuple(expectation for expectation, _ in expected),
        expect_places=tuple(place for _, place in expected),
        expect_share=read_share(known),
        resolved=resolved,
        source=source,
        warnings=tuple(in_file_order([*warnings, *_rate_warnings(document, columns, optimizer, callbacks)])),
        start=start,
        code=tuple({file.name: file for file in (*document.code, *sources.code)}.values()),
        named_seeds=resolved.get(SEEDS, {}),
    )


def resolve(document: Document, stem: str, sources: DataSources, start: StartSettings | None) -> dict[str, Any]:
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
    generators = sources.resolved(written["data"])
    resolved["data"] = {"generator": generators["generator"], **data, **written["data"], **generators}
    if SEEDS in resolved:
        resolved[SEEDS] = in_order(written[SEEDS])
    if start:
        resolved[START] = start.resolved
    if document.code:
        resolved[CUSTOM] = resolved_custom(document.code)
    resolved["layers"] = [fill_in("layers", layer) for layer in written["layers"]]
    resolved["optimizer"] = fill_in("optimizers", written["optimizer"])
    resolved["callbacks"] = [fill_in("callbacks", callback) for callback in written.get("callbacks", [])]
    return resolved


def _optimizer_and_callbacks(known: Document, problems: list[Problem]) -> tuple[Component, tuple[Component, ...]]:
    path, kind = ("optimizer",), "optimizers"
    optimizer = Component(kind, UNKNOWN) if known.at(path) is None else read_component(known, path, kind)
    callbacks = read_callbacks(known, optimizer, problems)
    problems += [*find_schedule_problems(optimizer, callbacks), *find_clipping_problems(optimizer)]
    return optimizer, callbacks


def _class_weight(
    known: Document, columns: Columns, outputs: tuple[Output, ...], problems: list[Problem]
) -> ClassWeight | None:
    class_weight = read_class_weight(known, columns, outputs, problems)
    if class_weight is not None and len(outputs) == 1:
        problems += sampled_weight_problems(known, outputs[0], columns)
    return class_weight


def _column_warnings(columns: Columns, generator: Component, found: Sequence[Problem]) -> list[Problem]:
    """What the columns are probably not meant to be; `found` are problems that the rest of a file may refute."""
    return [
        *part_warnings(columns, generator, found),
        *first_problems(find_input_warnings(columns, generator)),
        *first_problems(find_category_warnings(columns, generator)),
        *first_problems(find_coarse_warnings(columns, generator)),
    ]


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
    settings = {path[0] for path in broken if path[1:2] not in [(name,) for name in SOURCES]}
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
            warnings += first_problems(find_loss_warnings(graph, outputs, shapes))
            warnings += first_problems(find_ratio_warnings(outputs, columns, data))
            warnings += first_problems(find_shares_warnings(graph, outputs, shapes, columns, data))
            warnings += first_problems(find_reach_warnings(graph, outputs, columns, data))
            warnings += first_problems(find_sampled_reach_warnings(graph, outputs, columns, data))
            warnings += [*find_frozen_warnings(graph), *find_token_warnings(graph, columns)]
            warnings += first_problems(find_metric_warnings(graph, outputs, shapes, columns, data))
    return graph, outputs if "metrics" not in settings else ()


def _rate_warnings(
    document: Document, columns: Columns, optimizer: Component, callbacks: Sequence[Component]
) -> list[Problem]:
    if columns.samples is None:
        return []
    rows = training_size(columns.samples, document.value["data"])
    batch_size, epochs = document.at(("batch_size",)) or 32, document.value["epochs"]
    return list(find_rate_warnings(optimizer, callbacks, rows, batch_size, epochs))


def default_name(path: Path) -> str:
    """The name of an experiment without one: the file's stem with dashes in place of what a name cannot have.

    That of `xor.nnrun.yaml` is `xor`.
    """
    letters = path.stem.removesuffix(".nnrun")
    stem = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in letters)[:64]
    return stem if stem[:1].isalnum() else f"experiment{stem}"[:64]
