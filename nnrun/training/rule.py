"""Which engine `auto` means: a rule from the experiment alone, so that the same file gives the same weights.

XLA fuses the many small operations of dense networks and makes their steps many times faster; compiling a layer takes
about as long as it saves in `WORTH_COMPILING` steps. Layers that draw random numbers would draw other ones under XLA,
and convolutional or recurrent layers take XLA's CPU compiler many seconds, so networks with any layer outside the list
below stay with TensorFlow's graph; so do those with several outputs, whose separate losses `fit` averages over the
batches as if all had the same size, which only a graph of open batch sizes repeats.
"""

from __future__ import annotations

from typing import Literal

from nnrun.errors import ExperimentError, Problem
from nnrun.spec.experiment import Experiment

ComputedBy = Literal["graph", "xla", "keras"]

# Steps, for each layer of a small dense network, whose saving equals the time that compiling takes.
WORTH_COMPILING = 2_000

_DENSE = ("Dense", "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax")
_SHAPES = ("Flatten", "Reshape", "Permute", "Rescaling")
_MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot")
_FUSED_WELL = frozenset((*_DENSE, *_SHAPES, *_MERGES))


def choose_engine(experiment: Experiment, training_rows: int, *, several_devices: bool = False) -> ComputedBy:
    """The engine that computes the experiment: the one asked for, or what the rule says for `auto`.

    Raises:
        ExperimentError: an engine for one device is asked for, and there are several.
    """
    if several_devices:
        if experiment.engine not in ("auto", "keras"):
            hint = "Leave the setting engine out, or train on one device."
            raise ExperimentError(Problem(f"The engine {experiment.engine} takes one device.", hint=hint))
        return "keras"
    if experiment.engine != "auto":
        return experiment.engine
    if len(experiment.outputs) > 1 or any(layer.component.name not in _FUSED_WELL for layer in experiment.layers):
        return "graph"
    steps = experiment.epochs * -(-training_rows // experiment.batch_size)
    return "xla" if steps >= WORTH_COMPILING * len(experiment.layers) else "graph"
