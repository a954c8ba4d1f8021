"""The parsed form of an experiment file: plain frozen records, every default filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from nnrun.errors import Place, Problem
from nnrun.experiment.columns import Columns
from nnrun.experiment.expectations import Expectation

Engine = Literal["auto", "graph", "xla", "keras"]
Scaling = Literal["none", "standard", "minmax"]
Keep = Literal["last", "best"]
Precision = Literal["float32", "mixed_float16", "mixed_bfloat16"]
# The weight of a class by its label, or weights that give every class the same share in the loss.
ClassWeight = Mapping[int, float] | Literal["balanced"]


@dataclass(frozen=True)
class Component:
    """A named part with arguments: a generator, a layer, an optimizer, a loss, a metric, an initializer, …

    Args:
        kind: the catalogue's kind, in the plural: `layers`, `optimizers`, `generators`, …
        name: the name as written: Keras's class name or identifier, or the generator's name.
        arguments: plain values as written; those that are components themselves are `Component`.
        place: its place in the file, for errors found later.
        places: the place of each argument's value, and of each item of a list by its path below the argument, such as
            `("rows", 1, 2)`.
    """

    kind: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    place: Place | None = None
    places: Mapping[str | tuple[str | int, ...], Place] = field(default_factory=dict)

    def place_of(self, argument: str, *items: int) -> Place | None:
        """The place of an argument or an item of it, or the nearest known place around it."""
        for length in range(len(items), 0, -1):
            if (argument, *items[:length]) in self.places:
                return self.places[(argument, *items[:length])]
        return self.places.get(argument, self.place)


@dataclass(frozen=True)
class Input:
    """Where data enter the network.

    Args:
        name: its name among the layers.
        columns: the data columns it takes, joined along their last axis.
        component: the `Input` as written; None when the file has none and nnrun adds it.
    """

    name: str
    columns: tuple[str, ...]
    component: Component | None = None


@dataclass(frozen=True)
class Layer:
    """A layer and the names of the layers and inputs that it takes."""

    name: str
    component: Component
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Output:
    """One output of the network: its layer, its target columns, its loss and metrics."""

    layer: str
    targets: tuple[str, ...]
    loss: Component
    metrics: tuple[Component, ...] = ()
    loss_weight: float = 1.0


@dataclass(frozen=True)
class DataSettings:
    """Where the data come from and how they are prepared.

    Args:
        generator: what makes the rows.
        validation_split: share of the rows in the validation set, in [0, 1).
        test_split: share of the rows in the test set, in [0, 1).
        scale: how the inputs are scaled, fitted on the training rows.
        scale_targets: how the targets are scaled, fitted on the training rows.
        one_hot: whether class labels become one-hot vectors.
    """

    generator: Component
    validation_split: float = 0.0
    test_split: float = 0.0
    scale: Scaling = "none"
    scale_targets: Scaling = "none"
    one_hot: bool = False


@dataclass(frozen=True)
class Experiment:
    """Everything that decides a training, apart from the machine and the versions.

    Args:
        name: names the run folder.
        seed: decides the data, the splits, the initial weights and the order of the batches; 0 to 2³² − 1.
        data: where the rows come from and how they are prepared.
        columns: the columns that the generator makes.
        inputs: where data enter the network.
        layers: every layer after those it takes.
        outputs: the layers that are compared with targets.
        optimizer: the optimizer.
        epochs: the number of epochs, from 1.
        batch_size: samples per gradient update, from 1.
        shuffle: whether every epoch takes the rows in a new order.
        class_weight: the weight of each class in the loss, if not all the same.
        callbacks: what is called between the epochs and may stop the training or change its learning rate.
        keep: which weights are kept: those of the last epoch, or those of the lowest validation loss.
        precision: Keras's dtype policy.
        engine: how the epochs are computed.
        predict: points to predict after the training, a row of input values each.
        expect: what the final metrics are checked against.
        expect_places: the place of each expectation.
        resolved: the experiment as plain values with every default filled in.
        source: the file's bytes.
        warnings: what is probably not meant, though it can be trained.
    """

    name: str
    seed: int
    data: DataSettings
    columns: Columns
    inputs: tuple[Input, ...]
    layers: tuple[Layer, ...]
    outputs: tuple[Output, ...]
    optimizer: Component
    epochs: int
    batch_size: int
    shuffle: bool
    class_weight: ClassWeight | None
    callbacks: tuple[Component, ...]
    keep: Keep
    precision: Precision
    engine: Engine
    predict: tuple[tuple[float, ...], ...]
    expect: tuple[Expectation, ...]
    expect_places: tuple[Place | None, ...]
    resolved: Mapping[str, Any]
    source: bytes
    warnings: tuple[Problem, ...] = ()

    @property
    def input_names(self) -> tuple[str, ...]:
        """A name for each number of the network's inputs; none where a column has several numbers."""
        known = {column.name: column for column in self.columns.inputs}
        taken = [known[name] for entry in self.inputs for name in entry.columns]
        return tuple(column.name for column in taken) if all(column.shape == (1,) for column in taken) else ()
