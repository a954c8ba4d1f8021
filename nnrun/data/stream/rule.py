"""Which experiments stream their data, and which cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nnrun.data.generators.registry import find_generator
from nnrun.errors import Place, Problem
from nnrun.experiment.column_steps import column_steps, needs_order
from nnrun.experiment.columns import Columns
from nnrun.experiment.experiment import Component, Experiment
from nnrun.experiment.split_section import read_split
from nnrun.experiment.text.yaml_text import Document

# Data are streamed that need more than this share of the free memory.
_SHARE = 4
_BYTES = 4  # of a float32
# A median takes half a megabyte while it is sought.
_MOST_ORDERED = 64
# Rules that need no column of the rows.
STREAMED_SPLITS = ("random", "last")


def can_stream(generator: Component) -> bool:
    """Whether the rows of a generator can be read in parts."""
    found = find_generator(generator.name)
    return found is not None and found.streams


def data_bytes(experiment: Experiment) -> int:
    """The bytes of the data as the network takes them, and of free texts, as far as they are known without reading."""
    columns = experiment.columns
    width = sum(column.width for column in (*columns.inputs, *columns.targets))
    return (columns.samples or 0) * width * _BYTES + columns.text_bytes


def stream_if_large(experiment: Experiment, free: int | None) -> Experiment:
    """The experiment with its setting `data.stream`, which is decided here where it is not written.

    Data are streamed that are read from a file and need more than a quarter of the free memory. The decision is part of
    the resolved experiment, so that a resumed or repeated run makes the same one on any machine.

    Args:
        experiment: the experiment.
        free: the bytes of memory that are free; None where that is not known.
    """
    if experiment.data.stream is not None or free is None or not can_stream(experiment.data.generator):
        return experiment
    if experiment.data.split.kind not in STREAMED_SPLITS or experiment.data.window:
        return experiment
    ordered = _ordered(experiment.columns.generated, experiment.data.preparation)
    if experiment.engine == "keras" or ordered > _MOST_ORDERED:
        return experiment
    if data_bytes(experiment) * _SHARE <= free:
        return experiment
    resolved = {**experiment.resolved, "data": {**experiment.resolved["data"], "stream": True}}
    return replace(experiment, data=replace(experiment.data, stream=True), resolved=resolved)


def _ordered(columns: Columns, data: Mapping[str, Any]) -> int:
    """How many features have a median or quartiles fitted to them."""
    numbers = [each for each in columns.inputs if not each.categories and not each.text]
    inputs = [each for each in numbers if needs_order(column_steps(data, each.name))]
    targets = [each for each in columns.targets if needs_order(column_steps(data, each.name, target=True))]
    return sum(each.width for each in (*inputs, *targets))


def find_stream_problems(document: Document, generator: Component, columns: Columns) -> list[Problem]:
    """What keeps an experiment with `stream: true` from streaming.

    Args:
        document: a document that is valid by the schema.
        generator: its generator.
        columns: its columns.
    """
    if not document.at(("data", "stream")):
        return []
    problems = []
    if not can_stream(generator):
        message = f"The data generator {generator.name} makes its rows in memory and cannot stream its rows."
        problems.append(_problem(document, message, "Leave stream out."))
    data = document.at(("data",))
    if read_split(data).kind not in STREAMED_SPLITS:
        message = "Rows that are streamed are split at random or by their order in the file."
        problems.append(_problem(document, message, "Leave stream out, or write split: last.", ("data", "split")))
    if document.at(("engine",)) == "keras":
        message = "The engine keras does not stream data."
        problems.append(_problem(document, message, "Leave engine out, or write engine: graph.", ("engine",)))
    ordered = _ordered(columns.generated, data)
    if ordered > _MOST_ORDERED:
        message = f"Streamed rows have medians and quartiles of at most {_MOST_ORDERED} features. Received: {ordered:,}"
        problems.append(_problem(document, message, "Leave stream out, or write scale: standard."))
    return problems


def _problem(document: Document, message: str, hint: str, path: tuple[str, ...] = ("data", "stream")) -> Problem:
    place: Place | None = document.place(path)
    return Problem(message, place, hint)
