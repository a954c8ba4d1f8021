"""The callbacks of an experiment, and which of them cannot be combined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnrun.errors import Place, Problem
from nnrun.experiment.component import read_component, with_defaults
from nnrun.experiment.experiment import Component
from nnrun.experiment.metric_direction import larger_is_better, smaller_is_better
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


def find_callback_warnings(callbacks: Sequence[Component], epochs: int) -> Iterator[Problem]:
    """A warning for each callback that takes the worst value of its metric for the best, or never acts.

    Args:
        callbacks: the callbacks.
        epochs: the number of epochs.
    """
    for callback in callbacks:
        found = monitored(callback)
        if found is None:
            continue
        wrong = "min" if larger_is_better(found[0]) else "max" if smaller_is_better(found[0]) else None
        if wrong and callback.arguments.get("mode") == wrong:
            worst = "smallest" if wrong == "min" else "largest"
            message = f"{callback.name} takes the {worst} {found[0]} for the best one (mode: {wrong})."
            yield Problem(message, callback.place_of("mode"), "Leave mode out.")
        yield from _idle(callback, epochs)


def _idle(callback: Component, epochs: int) -> Iterator[Problem]:
    """A warning for a callback whose patience is not at its end before the training is."""
    arguments = with_defaults(callback)
    if arguments.get("restore_best_weights") or arguments.get("baseline") is not None:
        return
    start, patience = arguments.get("start_from_epoch", 0), arguments["patience"]
    # The first value is the best one so far, and the epoch after the last one that is waited for is to be another one.
    if start + max(1, patience) + 1 < epochs or start + patience < 2 or epochs == 1:  # one epoch tries a file out
        return
    argument, value = ("start_from_epoch", start) if start >= patience else ("patience", patience)
    message = f"{callback.name} with {argument}: {value} changes nothing in {epochs} epochs."
    hint = f"Write {argument}: {epochs // 5}, or train more epochs." if epochs >= 10 else "Train more epochs."
    yield Problem(message, callback.place_of(argument), hint)


def monitored(callback: Component) -> tuple[str, Place | None] | None:
    """The metric that a callback monitors, with its place; None for a callback without one."""
    if callback.name not in _MONITORS:
        return None
    return callback.arguments.get("monitor", "val_loss"), callback.places.get("monitor", callback.place)
