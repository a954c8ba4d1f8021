"""The callbacks of an experiment, and which of them cannot be combined."""

from __future__ import annotations

from nnrun.errors import Place, Problem
from nnrun.experiment.component import read_component
from nnrun.experiment.experiment import Component
from nnrun.experiment.text.yaml_text import Document
from nnrun.experiment.trackers import TENSORBOARD

SETS_THE_RATE = ("LearningRateScheduler", "ReduceLROnPlateau")
_MONITORS = ("EarlyStopping", "ReduceLROnPlateau")
_ONCE = ("CSVLogger", "LearningRateScheduler", "TensorBoard")


def read_callbacks(document: Document, optimizer: Component, problems: list[Problem]) -> tuple[Component, ...]:
    """The callbacks of a document that is valid by the schema.

    Args:
        document: the document.
        optimizer: the experiment's optimizer.
        problems: their problems are added here.
    """
    count = len(document.at(("callbacks",)) or ())
    callbacks = tuple(read_component(document, ("callbacks", i), "callbacks") for i in range(count))
    scheduled = isinstance(optimizer.arguments.get("learning_rate"), Component)
    for callback in callbacks:
        if scheduled and callback.name in SETS_THE_RATE:
            message = f"{callback.name} sets the learning rate, which follows a schedule here."
            hint = "Write a number as optimizer.learning_rate, such as 0.001, or leave the callback out."
            problems.append(Problem(message, callback.place, hint))
        if callback.code and document.at(("engine",)) in ("graph", "xla"):
            message = f"The callback {callback.name} is of your own and takes the engine keras."
            problems.append(Problem(message, callback.place, "Leave the setting engine out."))
        if callback.name == "TensorBoard" and TENSORBOARD in (document.at(("tracking",)) or ()):
            message = "The callback TensorBoard and tracking both write event files for TensorBoard."
            problems.append(Problem(message, callback.place, "Leave one of the two out."))
    for name in _ONCE:
        again = [callback for callback in callbacks if callback.name == name][1:]
        problems.extend(
            Problem(f"The callback {name} is there twice.", callback.place, "Leave one of the two out.")
            for callback in again
        )
    return callbacks


def monitored(callback: Component) -> tuple[str, Place | None] | None:
    """The metric that a callback monitors, with its place; None for a callback without one."""
    if callback.name not in _MONITORS:
        return None
    return callback.arguments.get("monitor", "val_loss"), callback.places.get("monitor", callback.place)
