"""The epochs that the slider of a report shows: metrics, weights, and the prediction over one input."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.generate import generate
from nnrun.errors import NnrunError, StorageError
from nnrun.experiment.experiment import Experiment
from nnrun.load import load_experiment
from nnrun.number_text import short
from nnrun.plots.thinning import chosen_epochs
from nnrun.report.page.chart import LEFT, RIGHT, Chart
from nnrun.report.page.learning_chart import MOST_UNITS, LearningChart, learning_chart, lines_chart
from nnrun.report.page.run_files import RunFiles
from nnrun.report.page.stack import Stage, predict_stack, stages
from nnrun.report.page.weights_diagram import weights_diagram
from nnrun.report.scene import has_scene, read_scene
from nnrun.runs import layout

MOST_WEIGHTS = 24
_GRID = 61
_MOST_BYTES = 250_000  # of the compressed frames of a surface

# The arguments of the pictures that a run has stored, by kind.
Kept = Mapping[str, Mapping[str, Any]]


def moments(files: RunFiles) -> tuple[Chart | None, dict[str, Any]] | None:
    """The chart of the prediction, where there can be one, and all that the slider shows, by epoch.

    Returns:
        The chart of a prediction over one input, None where there is none, and what the script needs; None where there
        are no two epochs to choose from.
    """
    last = len(files.metrics.get("epoch", ()))
    if last < 2:
        return None
    traced = bool(files.trace) and all(values.shape[:1] == (last + 1,) for values in files.trace.values())
    trace = files.trace if traced else {}
    epochs = shown_epochs(last, trace)
    kept = _kept(files.folder)
    learning = _prediction(files, kept, epochs) if traced else None
    content = epoch_content(files.metrics, trace, learning, _diagram(kept, trace, epochs))
    return learning.chart if learning and not learning.surface else None, content


def shown_epochs(last: int, trace: Mapping[str, Array]) -> list[int]:
    """The epochs of the slider; the initial weights, 0, are among them where there is a trace."""
    return [epoch for epoch in chosen_epochs(last) if epoch or trace]


def epoch_content(
    metrics: Mapping[str, Sequence[float]],
    trace: Mapping[str, Array],
    learning: LearningChart | None,
    diagram: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """What the script shows at every epoch, as plain JSON.

    Args:
        metrics: a number per epoch by name.
        trace: the weights by name, each (epochs + 1, …); none where they are not kept.
        learning: the prediction at the same epochs; None where there is none.
        diagram: the network and its weights at the same epochs; None where it is not drawn.
    """
    last = len(metrics["loss"])
    epochs = shown_epochs(last, trace)
    numbers = _metric_numbers(metrics, epochs) + _weight_numbers(trace, epochs)
    drawn = learning.content() if learning else {"axes": None, "curves": [], "surface": None}
    places = {"left": LEFT, "right": RIGHT}
    return {"epochs": epochs, "last": last, **places, "numbers": numbers, **drawn, "network": diagram}


def unshown_prediction(files: RunFiles) -> str:
    """Why a run over one number has no prediction at every epoch, where that is code of one's own; else nothing."""
    single = files.data is not None and len(files.data.inputs) == 1 and files.data.inputs[0].width == 1
    if not single or not (files.folder / layout.CODE).is_dir():
        return ""
    return "The prediction at each epoch is not drawn: this run has Python code of its own, which no report runs."


def _metric_numbers(metrics: Mapping[str, Sequence[float]], epochs: Sequence[int]) -> list[tuple[str, list[str]]]:
    shown = {name: values for name, values in metrics.items() if name not in ("epoch", "seconds", "learning_rate")}
    return [(name, [short(values[e - 1]) if e else "–" for e in epochs]) for name, values in shown.items()]


def _weight_numbers(trace: Mapping[str, Array], epochs: Sequence[int]) -> list[tuple[str, list[str]]]:
    if sum(values[0].size for values in trace.values()) > MOST_WEIGHTS:
        return []
    numbers = []
    for name, values in trace.items():
        for at in np.ndindex(values.shape[1:]):
            label = f"{name}[{','.join(map(str, at))}]" if values[0].size > 1 else name
            numbers.append((label, [short(values[(epoch, *at)]) for epoch in epochs]))
    return numbers


def _prediction(files: RunFiles, kept: Kept, epochs: Sequence[int]) -> LearningChart | None:
    """The predictions that were stored for the animation, or those of a stack over one input; None for others."""
    found = kept.get("learning")
    if found and list(found["epochs"]) == list(epochs):
        return learning_chart(found, _MOST_BYTES)
    try:
        experiment = load_experiment(files.folder / layout.RESOLVED)
        stack = _stack_over_one_input(experiment)
        return _drawn(experiment, stack, files.trace, epochs) if stack else None
    except (NnrunError, LookupError, ValueError):  # a folder that another version wrote, or that lost a file
        return None


def _diagram(kept: Kept, trace: Mapping[str, Array], epochs: Sequence[int]) -> dict[str, Any] | None:
    found = kept.get("network") if trace else None
    return weights_diagram(found, trace, epochs) if found else None


def _kept(folder: Path) -> Kept:
    try:
        pictures = read_scene(folder) if has_scene(folder) else []
    except StorageError:  # an older version's, or a damaged one
        return {}
    return {picture.kind: picture.arguments for picture in reversed(pictures)}


def _stack_over_one_input(experiment: Experiment) -> list[Stage] | None:
    data, columns = experiment.data, experiment.columns
    plain = data.scale == "none" and data.scale_targets == "none" and not data.prepare and not columns.files
    numbers = [column.name for column in columns.inputs if column.width == 1]
    single = len(experiment.inputs) == len(experiment.outputs) == 1 and len(experiment.inputs[0].columns) == 1
    return stages(experiment) if plain and single and experiment.inputs[0].columns[0] in numbers else None


def _drawn(
    experiment: Experiment, stack: Sequence[Stage], trace: Mapping[str, Array], epochs: Sequence[int]
) -> LearningChart | None:
    part = generate(experiment, Path()).training
    x = part.inputs[experiment.inputs[0].columns[0]]  # (rows, 1)
    y = np.concatenate([part.targets[name] for name in experiment.outputs[0].targets], axis=1)  # (rows, targets)
    grid = np.linspace(x.min(), x.max(), _GRID)
    by_epoch = np.stack(
        [predict_stack(stack, trace, epoch, grid[:, None]) for epoch in epochs]
    )  # (epochs, grid, units)
    units = by_epoch.shape[2]
    if units > MOST_UNITS or x.shape[1] != 1:
        return None
    target = " ".join(experiment.outputs[0].targets)
    names = [target] if units == 1 else [f"p({target}={unit})" for unit in range(units)]
    data = (x[:, 0], y[:, 0]) if units == y.shape[1] == 1 else (np.zeros(0), np.zeros(0))
    return lines_chart(grid, by_epoch, (experiment.inputs[0].columns[0], target), names, data)
