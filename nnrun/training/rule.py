"""The engine that `auto` selects: a rule on the experiment alone, so that the same file gives the same weights.

XLA fuses the many small operations of dense networks and makes their steps many times faster; compiling a layer takes
about as long as it saves in `WORTH_COMPILING` steps. Where an epoch is one step there is neither a loop over batches
nor a step for the rows that are left over, and `WORTH_COMPILING_ONE` steps are enough. Layers that draw random numbers
would draw other ones under XLA, and convolutional or recurrent layers take XLA's CPU compiler many seconds, so networks
with any layer outside the list below stay with TensorFlow's graph; so do those with several outputs, whose separate
losses `fit` averages over the batches as if all had the same size, which only a graph of open batch sizes repeats.
"""

from __future__ import annotations

from typing import Literal

from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.experiment import Experiment

ComputedBy = Literal["graph", "xla", "keras"]

# Steps per layer of a small dense network after which XLA has saved the time of compiling.
WORTH_COMPILING = 2_000
WORTH_COMPILING_ONE = 250

# From this width on, an operation of a layer takes longer than passing it to another thread.
WIDE = 128

_DENSE = ("Dense", "Activation", "ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax")
_SHAPES = ("Flatten", "Reshape", "Permute", "Rescaling")
_MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate", "Dot")
_FUSED_WELL = frozenset((*_DENSE, *_SHAPES, *_MERGES))

# Much of their steps through time, or of their heads, can be computed in parallel.
_PARALLEL = frozenset(
    ("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "MultiHeadAttention", "GroupQueryAttention", "Attention")
)


def choose_engine(experiment: Experiment, training_rows: int, *, several_devices: bool = False) -> ComputedBy:
    """The engine that computes the experiment: the requested one, or the one that the rule selects for `auto`.

    Raises:
        ExperimentError: an engine for one device is requested, and there are several.
    """
    if several_devices:
        if experiment.engine not in ("auto", "keras"):
            hint = "Leave the setting engine out, or train on one device."
            raise ExperimentError(Problem(f"The engine {experiment.engine} takes one device.", hint=hint))
        return "keras"
    if any(callback.code for callback in experiment.callbacks):
        return "keras"  # they may look at every batch, which `fit` alone shows them
    if experiment.engine != "auto":
        return experiment.engine
    if len(experiment.outputs) > 1 or any(layer.component.name not in _FUSED_WELL for layer in experiment.layers):
        return "graph"
    batches = -(-training_rows // experiment.batch_size)
    worth = WORTH_COMPILING if batches > 1 else WORTH_COMPILING_ONE
    return "xla" if experiment.epochs * batches >= worth * len(experiment.layers) else "graph"


def side_by_side(experiment: Experiment) -> bool:
    """Whether independent operations run faster in parallel; the result is the same.

    The many small operations of a narrow network take longer when threads share them.
    """
    return any(
        layer.component.name in _PARALLEL or layer.component.arguments.get("units", 0) >= WIDE
        for layer in experiment.layers
    )
