"""The noise on the targets of a function: drawn from a distribution, or normal with a deviation for each row."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nnrun.data.dataset import Array
from nnrun.data.generators.expression_errors import add_expression_error
from nnrun.data.generators.generator import GeneratorArguments, JsonSchema
from nnrun.errors import ExperimentError, did_you_mean, listed
from nnrun.experiment.distributions import Distribution, parse_definition
from nnrun.experiment.expressions import Expression, ExpressionError
from nnrun.experiment.function_sample import FunctionSample, Noise
from nnrun.number_text import short

if TYPE_CHECKING:  # NumPy waits until rows are made
    import numpy as np

_ONE: JsonSchema = {"type": ["number", "string"], "minimum": 0}
NOISE: Mapping[str, JsonSchema] = {
    "noise": {
        "description": "The noise added to the targets that are no class labels: a standard deviation, which may be an "
        "expression over the columns; normal(mean, stddev), uniform(low, high) or student(df, scale). A mapping names "
        "the targets one by one.",
        "type": ["number", "string", "object"],
        "minimum": 0,
        "additionalProperties": _ONE,
        "default": 0,
    },
    "label_flips": {
        "description": "The share of the class labels that are changed to another class, row by row; by default 0.",
        "type": "number",
        "minimum": 0,
        "maximum": 1,
    },
    "missing_inputs": {
        "description": "The share of the cells of the inputs that are missing, where data.prepare.missing says what "
        "becomes of them; by default 0. A mapping names the inputs one by one.",
        "type": ["number", "object"],
        "minimum": 0,
        "maximum": 1,
        "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1},
    },
}
_DRAWN = ("normal", "uniform", "student")
_ALLOWED = "a standard deviation, normal(mean, stddev), uniform(low, high) or student(df, scale)"


def parse_missing(given: GeneratorArguments, inputs: Sequence[str]) -> dict[str, float]:
    """The share of missing cells of each input that has some; what is wrong with it is added to `given`.

    Args:
        given: the arguments.
        inputs: the inputs.
    """
    written = given.values.get("missing_inputs", 0)
    if not isinstance(written, Mapping):
        return dict.fromkeys(inputs, float(written)) if written else {}
    for name in written:
        if name not in inputs:
            hint = did_you_mean(name, inputs) or f"The inputs are: {listed([*inputs])}."
            given.add("missing_inputs", f'There is no input "{name}".', hint, at=(name,))
    return {name: float(written[name]) for name in inputs if written.get(name)}


def parse_noise(
    given: GeneratorArguments, columns: Sequence[str], targets: Sequence[str], labels: Collection[str]
) -> dict[str, Noise]:
    """Checks the noise; what is wrong with it is added to `given`.

    Args:
        given: the arguments.
        columns: all columns, which an expression may use.
        targets: the targets among them.
        labels: the targets that are class labels, which take no noise.

    Returns:
        The noise of each target that has some.
    """
    written = given["noise"]
    if not isinstance(written, Mapping):
        noise = _parse(given, written, columns, ())
        numbers = [name for name in targets if name not in labels]
        if noise and not numbers and not given.problems:
            given.add("noise", "Noise can be added only to numeric targets. These targets are class labels.")
        return dict.fromkeys(numbers, noise) if noise else {}
    for name in written:
        if name not in targets:
            hint = did_you_mean(name, targets) or f"The targets are: {listed([*targets])}."
            given.add("noise", f'There is no target "{name}".', hint, at=(name,))
        elif name in labels:
            message = f'Noise can be added only to numeric targets. The target "{name}" is a class label.'
            given.add("noise", message, at=(name,))
    found = {name: _parse(given, written[name], columns, (name,)) for name in targets if name in written}
    return {name: noise for name, noise in found.items() if noise}


def _parse(given: GeneratorArguments, written: Any, columns: Sequence[str], at: tuple[str, ...]) -> Noise | None:
    if not isinstance(written, str):
        return Distribution("normal", (0.0, float(written))) if written else None
    try:
        noise = parse_definition(written, columns)
    except ExpressionError as error:
        add_expression_error(given, ("noise", *at), written, error, error.hint)
        return None
    if isinstance(noise, Distribution) and noise.name not in _DRAWN:
        given.add("noise", f"Noise is {_ALLOWED}. Received: {written}", at=at)
    return noise


def find_negative_deviation(given: GeneratorArguments, sample: FunctionSample) -> None:
    """Adds a problem for each standard deviation that is negative in a row of the sample."""
    for name, noise in sample.noise.items():
        if isinstance(noise, Expression):
            rows = (row for row in sample.of(noise) if row is not None)
            wrong = next((row for row in rows if row.targets[noise.text] < 0), None)
            if wrong is not None:
                inputs = ", ".join(f"{column} = {short(number)}" for column, number in [*wrong.inputs.items()][:_FEW])
                given.add("noise", _negative(wrong.targets[noise.text], f"at {inputs}"), _REMEDY, at=(name,))


_FEW = 3  # inputs that an example names
_REMEDY = "Write abs(…) around it."


def _negative(deviation: float, where: str) -> str:
    return f"The standard deviation of the noise must be 0 or more. Received: {short(deviation)} {where}"


def draw_noise(
    given: GeneratorArguments, noise: Mapping[str, Noise], columns: Mapping[str, Array], rng: np.random.Generator
) -> dict[str, Array]:
    """The targets with noise, drawn one after the other.

    Args:
        given: the arguments, for the places of what is wrong.
        noise: the noise of each target.
        columns: all columns by name, each (rows,).
        rng: draws the noise.

    Raises:
        ExperimentError: a standard deviation is negative.
    """
    from nnrun.data.evaluation import draw, evaluate

    noisy = {}
    for name, definition in noise.items():
        rows = len(columns[name])
        if isinstance(definition, Distribution):
            noisy[name] = columns[name] + draw(definition, rows, rng)
            continue
        deviations = evaluate(definition, columns, rows)  # (rows,)
        if (deviations < 0).any():
            row = int((deviations < 0).argmax())
            given.add("noise", _negative(float(deviations[row]), f"in row {row + 1}"), _REMEDY, at=(name,))
            raise ExperimentError(*given.problems)
        noisy[name] = columns[name] + deviations * rng.standard_normal(rows)
    return noisy
