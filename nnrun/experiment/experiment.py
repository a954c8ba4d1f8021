"""The parsed form of an experiment file: plain frozen records, every default filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from nnrun.errors import Place, Problem
from nnrun.experiment.code.code_file import CodeFile
from nnrun.experiment.columns import Columns
from nnrun.experiment.expect.expectation import Expectation
from nnrun.experiment.schema.catalog import Entry, load_catalog
from nnrun.experiment.seeds import Seeds
from nnrun.experiment.split_section import RANDOM, SplitRule
from nnrun.experiment.start_section import StartSettings
from nnrun.experiment.window_section import Window

Engine = Literal["auto", "graph", "xla", "keras"]
Scaling = Literal["none", "standard", "minmax", "robust"]
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
        code: the file that defines it, where it is of the user's own.
        entry: its arguments as the catalogue would have them, where it is of the user's own.
    """

    kind: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    place: Place | None = None
    places: Mapping[str | tuple[str | int, ...], Place] = field(default_factory=dict)
    code: CodeFile | None = None
    entry: Entry | None = None

    @property
    def class_name(self) -> str:
        """Keras's name of its class, whichever of Keras's names for it is written: BinaryCrossentropy for `bce`."""
        return self.name if self.code else load_catalog().own_name(self.kind, self.name) or self.name

    def place_of(self, argument: str, *items: int | str) -> Place | None:
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
        validation_split: share of the rows in the validation set, in [0, 1), or their number.
        test_split: share of the rows in the test set, in [0, 1), or their number.
        scale: how the inputs are scaled, fitted on the training rows.
        scale_targets: how the targets are scaled, fitted on the training rows.
        one_hot: whether class labels become one-hot vectors.
        prepare: the section `prepare` as written; `column_steps` reads it.
        split: by which rule the rows are split.
        validation: what makes the rows of the validation set, in place of `validation_split`.
        test: what makes the rows of the test set, in place of `test_split`.
        use: share of the training rows that is used, in (0, 1], or their number.
        folds: into how many folds the rows are divided, each the validation set of a training; None for none.
        fold: which fold is the validation set, from 1; None where all of them are trained.
        stream: whether the rows stay on disk; None where that is decided by their size.
        window: how samples are cut from rows in order; None where each row is a sample.
    """

    generator: Component
    validation_split: float = 0.0
    test_split: float = 0.0
    scale: Scaling = "none"
    scale_targets: Scaling = "none"
    one_hot: bool = False
    split: SplitRule = RANDOM
    validation: Component | None = None
    test: Component | None = None
    use: float = 1.0
    folds: int | None = None
    fold: int | None = None
    prepare: Mapping[str, Any] | None = None
    stream: bool | None = None
    window: Window | None = None

    @property
    def preparation(self) -> dict[str, Any]:
        """The settings that say how columns are prepared, as plain values."""
        return {"scale": self.scale, "scale_targets": self.scale_targets, "prepare": self.prepare}


@dataclass(frozen=True)
class Experiment:
    """Everything that decides a training, apart from the machine and the versions.

    Args:
        name: names the run folder.
        seed: decides the data, the splits, the initial weights and the order of the batches, as far as `named_seeds`
            has no seed for one of them; 0 to 2³² − 1.
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
        expect: the conditions that a trained run is checked against.
        expect_places: the place of each expectation.
        tracking: the trackers that the run is logged to.
        resolved: the experiment as plain values with every default filled in.
        source: the file's bytes.
        warnings: what is probably not meant, though it can be trained.
        start: the run whose weights the network starts from, if any.
        code: the Python files of the user's own that it names.
        named_seeds: the seeds of single sources of randomness, by the names of `Seeds`.
        expect_share: the share of the trainings with different seeds that is to meet the expectations, in (0, 1].
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
    tracking: Sequence[str]
    resolved: Mapping[str, Any]
    source: bytes
    warnings: tuple[Problem, ...] = ()
    start: StartSettings | None = None
    code: tuple[CodeFile, ...] = ()
    named_seeds: Mapping[str, int] = field(default_factory=dict)
    expect_share: float = 1.0

    @property
    def seeds(self) -> Seeds:
        """The seed of each source of randomness."""
        return Seeds.of(self.seed, self.named_seeds)

    @property
    def placed_expectations(self) -> list[tuple[Expectation, Place | None]]:
        """Each expectation with its place."""
        return list(zip(self.expect, self.expect_places, strict=True))

    @property
    def input_names(self) -> tuple[str, ...]:
        """A name for each number of the network's inputs; none where a column has several numbers."""
        known = {column.name: column for column in self.columns.inputs}
        taken = [known[name] for entry in self.inputs for name in entry.columns]
        return tuple(column.name for column in taken) if all(column.shape == (1,) for column in taken) else ()

    @property
    def is_stack(self) -> bool:
        """Whether every layer takes only the layer before it, from one input to one output."""
        before = [self.inputs[0].name, *(layer.name for layer in self.layers)]
        takes_last = all(layer.inputs == (name,) for name, layer in zip(before, self.layers, strict=False))
        return takes_last and len(self.inputs) == 1 and [output.layer for output in self.outputs] == before[-1:]
