"""How a saved Keras model was compiled, as an experiment writes it: optimizer, losses, metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nnrun.errors import shown
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.templates.saved_model.keras_component import ComponentWriter, UnsayableError, Written

# The usual loss for what the last layer gives.
_USUAL = {"softmax": "sparse_categorical_crossentropy", "sigmoid": "binary_crossentropy"}


@dataclass(frozen=True)
class SavedOutput:
    """The loss, metrics and loss weight of one output."""

    loss: Written
    metrics: tuple[Written, ...]
    weight: float

    @property
    def loss_class(self) -> str:
        """Keras's name for the class of the loss."""
        name = self.loss if isinstance(self.loss, str) else next(iter(self.loss))
        return load_catalog().own_name("losses", name) or name


@dataclass(frozen=True)
class SavedTraining:
    """The optimizer, and a `SavedOutput` for each output."""

    optimizer: Written
    outputs: tuple[SavedOutput, ...]


def read_training(
    compiled: Any, names: Sequence[str], activations: Sequence[str | None], writer: ComponentWriter
) -> SavedTraining:
    """The training that a model was compiled for; the usual one where it was not, or where it cannot be said.

    Args:
        compiled: the saved compile configuration, if there is one.
        names: the names of the outputs in the file.
        activations: the activation of each output layer, where it has one.
        writer: writes the components, and notes what cannot be said.
    """
    if not isinstance(compiled, dict) or not compiled:
        writer.notes.append("The model was not compiled: optimizer and loss are the usual ones for its outputs")
        compiled = {}
    losses = _each(compiled.get("loss"), names)
    metrics = _metrics(compiled.get("metrics"), names)
    weights = _each(compiled.get("loss_weights"), names)
    if compiled.get("weighted_metrics"):
        writer.notes.append("weighted_metrics are left out: metrics of an experiment are not weighted")
    outputs = []
    for position, name in enumerate(names):
        usual = _USUAL.get(activations[position] or "", "mse")
        loss = _try("losses", losses[position], f"The loss of {shown(name)}", writer) or usual
        own = [_try("metrics", m, f"The metric {shown(_name(m))}", writer) for m in metrics[position]]
        weight = weights[position]
        outputs.append(
            SavedOutput(
                loss,
                tuple(metric for metric in own if metric is not None),
                float(weight) if isinstance(weight, int | float) else 1.0,
            )
        )
    optimizer = _try("optimizers", compiled.get("optimizer"), "The optimizer", writer) or "adam"
    return SavedTraining(optimizer, tuple(outputs))


def _try(kind: str, value: Any, what: str, writer: ComponentWriter) -> Written | None:
    """The written form; None where there is none, with a note of the reason."""
    if value is None:
        return None
    try:
        return writer.write(kind, value)
    except UnsayableError as reason:
        writer.notes.append(f"{what} is left out: {reason}")
        return None


def _each(value: Any, names: Sequence[str]) -> list[Any]:
    """A setting of `compile` for each output: one for all, a list, or by name."""
    if isinstance(value, dict) and "class_name" not in value:
        return [value.get(name) for name in names]
    if isinstance(value, list):
        return [value[i] if i < len(value) else None for i in range(len(names))]
    return [value] * len(names)


def _metrics(value: Any, names: Sequence[str]) -> list[list[Any]]:
    """The metrics of each output; a flat list belongs to each, as a list of one does to the only output."""
    if isinstance(value, list) and (len(names) == 1 or not any(isinstance(item, list) for item in value)):
        flat = [metric for item in value for metric in (item if isinstance(item, list) else [item])]
        return [flat] * len(names) if len(names) == 1 or len(value) != len(names) else [[item] for item in value]
    return [m if isinstance(m, list) else [] if m is None else [m] for m in _each(value, names)]


def _name(metric: Any) -> str:
    if isinstance(metric, dict):
        return str(metric.get("config") if metric.get("class_name") == "function" else metric.get("class_name"))
    return str(metric)
