"""Which engine `auto` means: a rule from the experiment alone, so that the same file gives the same weights.

XLA fuses the many small operations of dense networks and makes their steps five to forty times faster; compiling takes
about as long as it saves in `WORTH_COMPILING` steps. Layers that draw random numbers would draw other ones under XLA, and
convolutional or recurrent layers take XLA's CPU compiler many seconds, so networks with any layer outside the list
below stay with TensorFlow's graph.
"""

from __future__ import annotations

from typing import Literal

from nnrun.spec.experiment import Component, Experiment

ComputedBy = Literal["graph", "xla", "keras"]

# Steps of a small dense network whose saving equals the time that compiling takes.
WORTH_COMPILING = 8_000

_FUSED_WELL = frozenset(
    "Dense Activation Flatten Reshape Permute Rescaling ReLU LeakyReLU PReLU ELU Softmax "
    "Add Subtract Multiply Average Maximum Minimum Concatenate Dot".split()
)


def choose_engine(experiment: Experiment, training_rows: int) -> ComputedBy:
    """The engine that computes the experiment: the one asked for, or what the rule says for `auto`."""
    if experiment.engine != "auto":
        return experiment.engine
    if not all(_fuses_well(layer.component) for layer in experiment.layers):
        return "graph"
    steps = experiment.epochs * -(-training_rows // experiment.batch_size)
    return "xla" if steps >= WORTH_COMPILING else "graph"


def _fuses_well(layer: Component) -> bool:
    return layer.name in _FUSED_WELL
