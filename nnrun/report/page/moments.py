"""The epochs that the slider of a report shows: metrics, weights, and the prediction over one input."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.generate import generate
from nnrun.errors import NnrunError
from nnrun.experiment.experiment import Experiment
from nnrun.load import load_experiment
from nnrun.number_text import short
from nnrun.plots.thinning import chosen_epochs
from nnrun.report.page.chart import LEFT, RIGHT, Chart, ChartLine, axes, coordinates, path, place
from nnrun.report.page.run_files import RunFiles
from nnrun.report.page.stack import Stage, predict_stack, stages
from nnrun.runs import layout

MOST_WEIGHTS = 24
MOST_UNITS = 4
_GRID = 61
_MOST_DOTS = 200


def moments(files: RunFiles) -> tuple[Chart | None, dict[str, Any]] | None:
    """The chart of the prediction, where there can be one, and all that the slider shows, by epoch.

    Returns:
        The chart, None where the network is not a stack over one input, and what the script needs; None where there are
        no two epochs to choose from.
    """
    last = len(files.metrics.get("epoch", ()))
    if last < 2:
        return None
    traced = bool(files.trace) and all(values.shape[:1] == (last + 1,) for values in files.trace.values())
    epochs = [epoch for epoch in chosen_epochs(last) if epoch or traced]
    numbers = _metric_numbers(files.metrics, epochs) + (_weight_numbers(files.trace, epochs) if traced else [])
    drawn, curves = _prediction(files, epochs) if traced else (None, [])
    content = {"epochs": epochs, "last": last, "left": LEFT, "right": RIGHT, "numbers": numbers, "curves": curves}
    return drawn, content


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


def _prediction(files: RunFiles, epochs: Sequence[int]) -> tuple[Chart | None, list[list[str]]]:
    """The last prediction over the one input as a chart, and the lines of every epoch; nothing for other networks."""
    try:
        experiment = load_experiment(files.folder / layout.RESOLVED)
        stack = _stack_over_one_input(experiment)
        return _drawn(experiment, stack, files.trace, epochs) if stack else (None, [])
    except (NnrunError, LookupError, ValueError):  # a folder that another version wrote, or that lost a file
        return None, []


def _stack_over_one_input(experiment: Experiment) -> list[Stage] | None:
    data, columns = experiment.data, experiment.columns
    plain = data.scale == "none" and data.scale_targets == "none" and not data.prepare and not columns.files
    numbers = [column.name for column in columns.inputs if column.width == 1]
    single = len(experiment.inputs) == len(experiment.outputs) == 1 and len(experiment.inputs[0].columns) == 1
    return stages(experiment) if plain and single and experiment.inputs[0].columns[0] in numbers else None


def _drawn(
    experiment: Experiment, stack: Sequence[Stage], trace: Mapping[str, Array], epochs: Sequence[int]
) -> tuple[Chart | None, list[list[str]]]:
    part = generate(experiment, Path()).training
    x = part.inputs[experiment.inputs[0].columns[0]]  # (rows, 1)
    y = np.concatenate([part.targets[name] for name in experiment.outputs[0].targets], axis=1)  # (rows, targets)
    grid = np.linspace(x.min(), x.max(), _GRID)
    by_epoch = np.stack(
        [predict_stack(stack, trace, epoch, grid[:, None]) for epoch in epochs]
    )  # (epochs, grid, units)
    units = by_epoch.shape[2]
    if units > MOST_UNITS or x.shape[1] != 1:
        return None, []
    target = " ".join(experiment.outputs[0].targets)
    names = [target] if units == 1 else [f"p({target}={unit})" for unit in range(units)]
    dots = y[:, 0] if units == y.shape[1] == 1 else np.zeros(0)
    spread = ChartLine("", "", np.tile(grid, len(epochs) * units), by_epoch.ravel())
    seen = ChartLine("", "", x[: len(dots), 0], dots)
    x_axis, y_axis = axes([spread, seen])
    rows = np.unique(np.linspace(0, max(len(dots) - 1, 0), _MOST_DOTS).astype(int))[: len(dots)]
    placed = coordinates(x[rows, 0], dots[rows], x_axis, y_axis)
    lines = [
        [path(ChartLine("", "", grid, by_epoch[i, :, unit]), x_axis, y_axis) for i in range(len(epochs))]
        for unit in range(units)
    ]
    final = [ChartLine(name, f"unit{unit}", grid, by_epoch[-1, :, unit]) for unit, name in enumerate(names)]
    name = experiment.inputs[0].columns[0]
    return place(f"prediction of {target}", final, name, x_axis, y_axis, placed, marks_epochs=False), lines
