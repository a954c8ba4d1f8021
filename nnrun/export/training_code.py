"""The training of an experiment as code: batches in nnrun's order, `fit` with its callbacks, and the results."""

from __future__ import annotations

import math

from nnrun.experiment.experiment import Component, Experiment
from nnrun.export.component_code import component_code
from nnrun.export.parts_code import NetworkArray, Parts, scaled_code
from nnrun.export.python_text import Bracket, Code, Keyword, call, listed_code, many, number, statement, text

# What needs no object: `fit` of a script ends with an infinite loss by itself, and a schedule is a function there.
_FILES = {"CSVLogger": ("log.csv",), "TensorBoard": ("tensorboard",)}
_SIZE_TOLD = (
    "sizes = tf.nest.map_structure(tf.type_spec_from_value, next(batches()))  # all batches have those of the first",
    "batched = tf.data.Dataset.from_generator(batches, output_signature=sizes)",
)
_METRICS = """
for name, values in history.history.items():
    print(f"{name}: {values[-1]:.6g}")
"""
_BEST = """
best = int(np.argmin(history.history["%s"]))
for name, values in history.history.items():
    print(f"{name}: {values[best]:.6g}")
"""


def batches_code(experiment: Experiment, parts: Parts) -> list[str]:
    """The generator of batches, for an experiment whose samples are shuffled."""
    size, suffix = experiment.batch_size, parts.suffixes["training"]
    first = f"{parts.targets[0].name}{suffix}"
    return [
        "def batches():",
        f'    """Batches of {size:,} samples; every epoch takes all samples in an order of its own."""',
        f"    samples = np.arange(len({first}))",
        "    epochs = -(-4096 // len(samples))  # so many draw their orders together",
        "    for block in itertools.count():",
        "        rng = np.random.default_rng([seed, 2, block])",
        "        for order in rng.permuted(np.tile(samples, (epochs, 1)), axis=1):",
        f"            for start in range(0, len(order), {size}):",
        f"                rows = order[start : start + {size}]",
        *_yield(parts),
    ]


def _yield(parts: Parts) -> list[str]:
    indent, arrays = " " * 16, parts.arrays("training", "[rows]")
    short = statement("yield ", Bracket("", tuple(arrays), ""), indent)
    return short if len(short) == 1 else statement("yield ", Bracket("(", tuple(arrays), ")"), indent)


def fit_code(experiment: Experiment, parts: Parts, *, best: bool) -> list[str]:
    """The code that trains the model.

    Args:
        experiment: the experiment.
        parts: the parts of the data.
        best: whether the model ends with the weights of the best epoch.
    """
    arguments: dict[str, Code] = {}
    positional: list[Code] = []
    lines = [*_SIZE_TOLD] if is_size_told(experiment, parts) else []
    if experiment.shuffle:
        positional = ["batched" if lines else "batches()"]
        arguments["steps_per_epoch"] = _steps(experiment, parts)
    else:
        x, y, *weights = parts.arrays("training")
        positional = [x, y]
        arguments |= {"sample_weight": weights[0]} if weights else {}
        arguments |= {"batch_size": str(experiment.batch_size)}
    arguments["shuffle"] = "False"
    arguments["epochs"] = str(experiment.epochs)
    if "validation" in parts.suffixes:
        arguments["validation_data"] = many(parts.arrays("validation"))
        arguments["validation_batch_size"] = str(experiment.batch_size)
    callbacks = [_callback(c) for c in experiment.callbacks if c.name != "TerminateOnNaN"]
    if best:
        monitor, patience = text(monitored(parts)), str(experiment.epochs)
        named = {"monitor": monitor, "patience": patience, "restore_best_weights": "True"}
        callbacks.append(call("keras.callbacks.EarlyStopping", **named))
    if callbacks:
        arguments["callbacks"] = listed_code(callbacks)
    arguments["verbose"] = "0"
    return lines + statement("history = ", call("model.fit", *positional, **arguments))


def is_size_told(experiment: Experiment, parts: Parts) -> bool:
    """Whether the script tells TensorFlow how large its batches are, which all have one size.

    `fit` tells the size of batches of arrays, not that of a generator's. TensorFlow divides the gradient of a mean over
    the batch by a number that it knows in another way, unless that is a power of two, and the last bits differ.
    """
    size, rows = experiment.batch_size, parts.rows
    if not experiment.shuffle or rows is None:  # `fit` takes arrays, or their size is not known here
        return False
    has_means = any(layer.component.name == "BatchNormalization" for layer in experiment.layers)
    return has_means and rows % size == 0 and size & (size - 1) != 0


def _steps(experiment: Experiment, parts: Parts) -> str:
    """The number of batches of an epoch, counted by the program where samples may be left out."""
    if parts.rows is None:
        first = f"{parts.targets[0].name}{parts.suffixes['training']}"
        return f"-(-len({first}) // {experiment.batch_size})"
    return str(math.ceil(parts.rows / experiment.batch_size))


def monitored(parts: Parts) -> str:
    """The loss whose lowest value is the best epoch's."""
    return "val_loss" if "validation" in parts.suffixes else "loss"


def _callback(component: Component) -> Code:
    if component.name == "LearningRateScheduler":
        schedule = call("keras.callbacks.LearningRateScheduler", "lambda epoch, rate: float(schedule(epoch))")
        return schedule
    code = component_code(component)
    if component.name in _FILES and not isinstance(code, str) and not isinstance(code, Keyword):
        more: dict[str, Code] = {"write_graph": "False"} if component.name == "TensorBoard" else {}
        return call(f"keras.callbacks.{component.name}", text(_FILES[component.name][0]), *code.items, **more)
    return code


def schedule_code(experiment: Experiment) -> list[str]:
    """The learning rate by the number of the epoch, if a callback sets it."""
    for component in experiment.callbacks:
        if component.name == "LearningRateScheduler":
            return statement("schedule = ", component_code(component.arguments["schedule"]))
    return []


def result_code(experiment: Experiment, parts: Parts, *, best: bool) -> list[str]:
    """The code that prints the metrics and what the model predicts for the points of the experiment."""
    lines = (_BEST % monitored(parts) if best else _METRICS).strip().splitlines()
    if "test" in parts.suffixes:
        x, y, *weights = parts.arrays("test")
        more: dict[str, Code] = {"sample_weight": weights[0]} if weights else {}
        more |= {"batch_size": str(experiment.batch_size), "verbose": "0", "return_dict": "True"}
        lines += statement("results = ", call("model.evaluate", x, y, **more))
        lines += ["for name, value in results.items():", '    print(f"test_{name}: {value:.6g}")']
    return lines + (_points(experiment, parts) if experiment.predict else [])


def _points(experiment: Experiment, parts: Parts) -> list[str]:
    points = listed_code(listed_code(number(value) for value in point) for point in experiment.predict)
    lines = ["", *statement("points = ", call("np.array", points, text("float32")))]
    given = many([*parts.point_inputs] or [_point_input(experiment, array) for array in parts.inputs])
    several = len(parts.targets) > 1
    predicted: Code = call("model.predict", given, verbose="0")
    lines += statement("predicted = ", call("list", predicted) if several else predicted)
    for position, array in enumerate(parts.targets):
        own = f"predicted[{position}]" if several else "predicted"
        if parts.restored and parts.restored[position](own) != own:
            lines.append(f"{own} = {parts.restored[position](own)}")
        elif array.is_scaled:
            lines.append(f"{own} = {own} * {array.name}_spread + {array.name}_offset")
    rows = "*map(np.ndarray.tolist, predicted)" if several else "predicted.tolist()"
    values = "*values" if several else "values"
    return [*lines, f"for point, {values} in zip(points.tolist(), {rows}):", f"    print(point, {values})"]


def _point_input(experiment: Experiment, array: NetworkArray) -> str:
    """The numbers of the points that an input takes, scaled as the data are."""
    starts, start = {}, 0
    for column in experiment.columns.inputs:
        starts[column.name] = start
        start += column.width
    positions = [starts[column.name] + i for column in array.columns for i in range(column.width)]
    code = "points" if positions == list(range(start)) else f"points[:, {positions}]"
    shape = array.columns[0].dimensions if len(array.columns) == 1 else ()
    code += f".reshape(-1, {', '.join(map(str, shape))})" if shape else ""
    return scaled_code(code, array) if array.is_scaled else code
