"""How much memory a training needs at least, from the shapes that are known without Keras.

Counted are the data; each weight with its gradient and the numbers that the optimizer keeps for it, which are held in
the model, in a copy and in the bytes of a checkpoint; what the largest layer gives for a batch, with its gradient; and
the history. A layer whose rule is not written here counts nothing, so
the sum is below what TensorFlow takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nnrun.errors import ExperimentError, Place, Problem
from nnrun.experiment.component import with_defaults
from nnrun.experiment.experiment import Component, Experiment, Layer
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.text.yaml_text import parse_document
from nnrun.network.axes import Shape
from nnrun.network.shapes import walk
from nnrun.network.wiring import Graph

_BYTES = 4  # of a float32
_STREAMED = 2**28  # of the buffers of streamed data, whatever their size
_BYTES_OF_METRIC = 32  # of a number of Python's in a list
# The numbers that an optimizer keeps for each weight; others are taken to keep none.
_SLOTS = {"Adam": 2, "AdamW": 2, "Adamax": 2, "Nadam": 2, "RMSprop": 1, "Adagrad": 1, "Adadelta": 2, "Lion": 1}
_MAY_STOP = ("EarlyStopping", "TerminateOnNaN")


@dataclass(frozen=True)
class MemoryNeed:
    """Something that a training needs memory for.

    Args:
        what: what it is, as a clause, such as `the data have 1,000 numbers`.
        size: its bytes, at least.
        place: where it is written, if it is.
    """

    what: str
    size: int
    place: Place | None = None


def memory_needs(experiment: Experiment) -> list[MemoryNeed]:
    """What a training of the experiment needs memory for, each part at least."""
    columns = experiment.columns
    shapes, _ = walk(Graph(experiment.inputs, experiment.layers, ()), columns)
    optimizer = load_catalog().entry("optimizers", experiment.optimizer.name)
    copies = 1 + 3 * (1 + _SLOTS.get(optimizer.name if optimizer else "", 0))
    batch = min(experiment.batch_size, columns.samples or experiment.batch_size)
    needs, given = [*_data(experiment), *_history(experiment)], []
    for layer in experiment.layers:
        received = shapes[layer.inputs[0]] if layer.inputs else None
        weights = 0 if received is None else count_weights(layer.component, received)
        needs.append(_need(layer, f"{weights:,} weights", weights * copies * _BYTES))
        shape = shapes[layer.name]
        numbers = 0 if shape is None else batch * math.prod(size or 1 for size in shape)
        given.append(_need(layer, f"{numbers:,} outputs for {batch:,} samples", 2 * numbers * _BYTES))
    return [*needs, max(given, key=lambda need: need.size)]


def about_weights(experiment: Experiment) -> int:
    """About how many weights the network has; layers whose rule is not written here count nothing."""
    shapes, _ = walk(Graph(experiment.inputs, experiment.layers, ()), experiment.columns)
    received = ((layer, shapes[layer.inputs[0]] if layer.inputs else None) for layer in experiment.layers)
    return sum(count_weights(layer.component, shape) for layer, shape in received if shape is not None)


def _need(layer: Layer, what: str, size: int) -> MemoryNeed:
    return MemoryNeed(f'the layer "{layer.name}" ({layer.component.name}) has {what}', size, layer.component.place)


def _data(experiment: Experiment) -> Iterator[MemoryNeed]:
    columns = experiment.columns
    rows = columns.samples or 0
    if experiment.data.stream:
        yield MemoryNeed("the data are streamed", _STREAMED, experiment.data.generator.place)
        return
    numbers = rows * sum(column.width for column in (*columns.inputs, *columns.targets))
    yield MemoryNeed(f"the data have {numbers:,} numbers", numbers * _BYTES, experiment.data.generator.place)
    if experiment.data.one_hot and columns.classes:
        numbers = rows * columns.classes
        yield MemoryNeed(f"one_hot makes {numbers:,} numbers of the labels", numbers * _BYTES)


def _history(experiment: Experiment) -> Iterator[MemoryNeed]:
    """The history of all epochs, unless a callback may end the training before."""
    if not {callback.name for callback in experiment.callbacks} & set(_MAY_STOP):
        metrics = 2 + sum(1 + len(output.metrics) for output in experiment.outputs)  # with loss and learning rate
        numbers = experiment.epochs * metrics
        size = numbers * _BYTES_OF_METRIC
        yield MemoryNeed(f"{experiment.epochs:,} epochs give {numbers:,} numbers", size, _place_of_epochs(experiment))


def _place_of_epochs(experiment: Experiment) -> Place | None:
    """Where the file sets the number of epochs, if it does."""
    file = experiment.data.generator.place
    if file is None:
        return None
    epochs, place = _written_epochs(experiment.source, file.source)
    return place if epochs == experiment.epochs else None


@lru_cache(maxsize=1)  # the trials of a sweep, thousands, come from one file
def _written_epochs(source: bytes, name: str) -> tuple[object, Place | None]:
    """The number of epochs that stands in a file, and where."""
    document = parse_document(source.decode("utf-8-sig"), name)
    return document.at(("epochs",)), document.place(("epochs",))


def count_weights(component: Component, shape: Shape) -> int:
    """The weights and biases of a layer; 0 where its rule is not written here.

    Args:
        component: the layer.
        shape: the shape of a sample that it takes.
    """
    entry = load_catalog().entry("layers", component.name)
    if entry is None:
        return 0
    if entry.name == "Bidirectional":
        return 2 * _within(component, shape)
    if entry.name == "TimeDistributed":
        return _within(component, shape[1:])
    rule = _RULES.get(entry.name)
    return rule(with_defaults(component), shape) if rule and (entry.name == "Embedding" or shape) else 0


def _within(component: Component, shape: Shape) -> int:
    inner = component.arguments.get("layer")
    return count_weights(inner, shape) if isinstance(inner, Component) else 0


def _dense(arguments: Mapping[str, Any], shape: Shape) -> int:
    return ((shape[-1] or 0) + 1) * int(arguments["units"])


def _embedding(arguments: Mapping[str, Any], shape: Shape) -> int:
    return int(arguments["input_dim"]) * int(arguments["output_dim"])


def _recurrent(gates: int) -> Callable[[Mapping[str, Any], Shape], int]:
    def rule(arguments: Mapping[str, Any], shape: Shape) -> int:
        units = int(arguments["units"])
        return gates * units * ((shape[-1] or 0) + units + 1)

    return rule


def _convolution(axes: int) -> Callable[[Mapping[str, Any], Shape], int]:
    def rule(arguments: Mapping[str, Any], shape: Shape) -> int:
        size = arguments["kernel_size"]
        positions = size**axes if isinstance(size, int) else math.prod(size)
        channels = shape[0 if arguments["data_format"] == "channels_first" else -1] or 0
        return (int(positions) * channels // int(arguments.get("groups") or 1) + 1) * int(arguments["filters"])

    return rule


_RULES: Mapping[str, Callable[[Mapping[str, Any], Shape], int]] = {
    "Dense": _dense,
    "Embedding": _embedding,
    "SimpleRNN": _recurrent(1),
    "GRU": _recurrent(3),
    "LSTM": _recurrent(4),
    **{f"Conv{axes}D": _convolution(axes) for axes in (1, 2, 3)},
    **{f"Conv{axes}DTranspose": _convolution(axes) for axes in (1, 2, 3)},
}


def size_problem(experiment: Experiment, limit: int | None, of: str) -> Problem | None:
    """A message for a training that needs more memory than there is, if it does.

    Args:
        experiment: the experiment.
        limit: the bytes that there are; None where that is not known.
        of: what has as many, such as `this machine`.
    """
    needs = memory_needs(experiment)
    total = sum(need.size for need in needs)
    if limit is None or total <= limit:
        return None
    most = max(needs, key=lambda need: need.size)
    message = f"A training needs at least {_in_words(total)} of memory, and {of} has {_in_words(limit)}: {most.what}."
    return Problem(message, most.place, "Use smaller layers, a smaller batch_size, fewer samples or fewer epochs.")


def refuse_too_large(experiment: Experiment, limit: int | None) -> None:
    """Refuses an experiment that needs more memory than this machine has.

    Args:
        experiment: the experiment.
        limit: the machine's memory in bytes; None where that is not known.

    Raises:
        ExperimentError: it needs more.
    """
    if problem := size_problem(experiment, limit, "this machine"):
        raise ExperimentError(problem)


def _in_words(size: int) -> str:
    return f"{size / 2**30:,.0f} GB" if size >= 10 * 2**30 else f"{size / 2**30:,.1f} GB"
