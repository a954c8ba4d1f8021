"""A Python module that predicts with NumPy alone; the weights are in the module where they are few, else beside it."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from nnrun.data.dataset import Array, ColumnScale
from nnrun.errors import ExperimentError, Problem, first_problems, listed, shown
from nnrun.experiment.experiment import Layer
from nnrun.export.deployed import DeployedModel, Predict, shape_in_words
from nnrun.export.numpy_layers import FUNCTIONS, NoNumpyError, NumpyLayer, numpy_layer, sources
from nnrun.export.python_text import Variables, docstring, number, text
from nnrun.export.scale_code import array_code, restored_code, where_code
from nnrun.model.weights import named_weights
from nnrun.runs.arrays import write_arrays

_FEW = 200  # numbers
_MOST_NAMES = 20  # in a line
_RESERVED = ("np", "Path", "W", "predict", "CLASSES", "DESCRIPTION", *FUNCTIONS)


def module_text(deployed: DeployedModel, weights: Path | None, head: str) -> str:
    """The text of the module.

    Args:
        deployed: the trained model.
        weights: the file of its weights, beside the module; None for weights in the module.
        head: what it is, in sentences.

    Raises:
        ExperimentError: layers have no NumPy form; every one is named.
    """
    variables = Variables(_RESERVED)
    names = {name: variables.take(name) for name in deployed.inputs}
    body, functions = _body(deployed, names, variables)
    imports = [*(["from pathlib import Path", ""] if weights else []), "import numpy as np"]
    description = deployed.description()
    classes = [output["classes"] for output in description["outputs"] if "classes" in output]
    constants = [f"CLASSES = {tuple(classes[0])!a}"] if len(classes) == 1 else []
    parts = [
        docstring(head),
        "\n".join(imports),
        "\n".join([*constants, *_weights(deployed, weights)]),
        *(f"\n{text}" for text in sources(functions)),
        "\n" + "\n".join(body),
    ]
    return "\n\n".join(parts) + "\n"


def _weights(deployed: DeployedModel, file: Path | None) -> list[str]:
    if file:
        lines = [f"with np.load(Path(__file__).with_name({text(file.name)})) as file:"]
        return [*lines, "    W = dict(file)  # the weights by layer and variable"]
    lines = ["W = {"]
    for name, values in named_weights(deployed.run.network).items():
        lines.append(f'    {text(name)}: np.array({_digits(values)}, "{values.dtype}"),')
    return [*lines, "}"]


def _digits(values: Array) -> str:
    """The numbers of an array with as many digits as they need."""
    if values.ndim:
        return f"[{', '.join(map(_digits, values))}]"
    return str(values) if np.isfinite(values) else number(float(values))


def is_small(deployed: DeployedModel) -> bool:
    """Whether the weights are few enough for the module itself."""
    return sum(values.size for values in named_weights(deployed.run.network).values()) <= _FEW


def write_module(deployed: DeployedModel, module: Path, weights: Path | None, head: str) -> None:
    """Writes the module, and its weights where they have a file of their own."""
    text = module_text(deployed, weights, head)
    if weights:
        write_arrays(weights, named_weights(deployed.run.network))
    module.write_text(text, encoding="utf-8")


def load_module(path: Path) -> Predict:
    """Imports a module that was written."""
    specification = importlib.util.spec_from_file_location("exported", path)
    assert specification is not None
    assert specification.loader is not None
    module: ModuleType = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)

    def predict(arrays: list[Array]) -> list[Array]:
        outputs: Any = module.predict(*arrays)
        return list(outputs) if isinstance(outputs, tuple) else [outputs]

    return predict


def _body(deployed: DeployedModel, names: dict[str, str], variables: Variables) -> tuple[list[str], set[str]]:
    """The function `predict`, and the functions that it needs."""
    experiment = deployed.run.experiment
    arguments = [names[entry.name] for entry in experiment.inputs]
    lines = [f"def predict({', '.join(arguments)}):", *_documentation(deployed, arguments)]
    lines += [f'    {name} = np.asarray({name}, "float32")' for name in arguments]
    functions: set[str] = set()
    problems = []
    scaling = _scaling(deployed)
    for name, scale in scaling[0].items():
        lines += _prepared(names[name], scale)
    before = dict(names)
    for layer in experiment.layers:
        try:
            written = _written(deployed, layer, [before[name] for name in layer.inputs])
        except NoNumpyError as reason:
            problems.append(
                Problem(f"The layer {shown(layer.name)} cannot be written: {reason}.", layer.component.place)
            )
            written = NumpyLayer("None")
        functions |= {*written.functions}
        before[layer.name] = "x" if experiment.is_stack else variables.take(layer.name)
        lines.append(f"    {before[layer.name]} = {written.code}")
    if problems:
        raise ExperimentError(*first_problems(problems))
    ends = []
    for output in experiment.outputs:
        end = before[output.layer]
        if output.layer in scaling[1]:
            end = restored_code(end, scaling[1][output.layer])
        ends.append(end)
    return [*lines, f"    return {', '.join(ends)}"], functions


def _written(deployed: DeployedModel, layer: Layer, inputs: list[str]) -> NumpyLayer:
    return numpy_layer(deployed.run.network.get_layer(layer.name), inputs)


def _scaling(deployed: DeployedModel) -> tuple[dict[str, ColumnScale], dict[str, ColumnScale]]:
    """The scale of each scaled input, and of each scaled output, as in the layers of the deployed model."""
    from nnrun.data.rows import input_scale, join_scales

    data, experiment = deployed.run.files.data, deployed.run.experiment
    inputs = {entry.name: input_scale(experiment, entry, data.input_scaling) for entry in experiment.inputs}
    widths = {column.name: column.width for column in experiment.columns.targets}
    outputs = {output.layer: join_scales(data.target_scaling, output.targets, widths) for output in experiment.outputs}
    return _known(inputs), _known(outputs)


def _known(scales: dict[str, ColumnScale | None]) -> dict[str, ColumnScale]:
    return {name: scale for name, scale in scales.items() if scale is not None}


def _prepared(name: str, scale: ColumnScale) -> list[str]:
    """The lines that prepare an input."""
    steps = []
    if scale.fill is not None:
        steps.append(f"np.where(np.isnan({name}), {array_code(scale.fill)}, {name})")
    if scale.low is not None:
        steps.append(f"np.maximum({name}, {array_code(scale.low)})")
    if scale.high is not None:
        steps.append(f"np.minimum({name}, {array_code(scale.high)})")
    if scale.log is not None:
        chosen = where_code(scale.log, name, "1")
        steps.append(where_code(scale.log, f"np.log({chosen})", name))
    steps.append(f"{name} * {array_code(scale.factor)} + {array_code(-scale.offset * scale.factor)}")
    return [f"    {name} = {step}" for step in steps]


def _documentation(deployed: DeployedModel, arguments: list[str]) -> list[str]:
    description = deployed.description()
    lines = ["Predictions.", "", "    Args:"]
    for name, entry in zip(arguments, description["inputs"], strict=True):
        lines.append(f"        {name}: {shape_in_words(entry['shape'])}; {_on_line(entry['columns'])}.")
    lines += ["", "    Returns:"]
    for output in description["outputs"]:
        of = f" a number for each of {_on_line(output['classes'])}" if "classes" in output else ""
        lines.append(f"        {output['name']}, {shape_in_words(output['shape'])}: {_on_line(output['targets'])}{of}.")
    return f"    {docstring(chr(10).join([*lines, '    ']))}".splitlines()


def _on_line(names: Sequence[str]) -> str:
    """The first names, none of which ends the line."""
    return listed(names, _MOST_NAMES).replace("\n", " ")
