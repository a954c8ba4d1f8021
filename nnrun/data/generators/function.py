"""The `function` generator: columns drawn from distributions or computed by expressions."""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

from nnrun.data.dataset import Array, Source, as_column
from nnrun.data.generators.generator import Generator, GeneratorArguments, JsonSchema, Resources, integer
from nnrun.data.generators.roles import ROLE_ARGUMENTS, Roles, find_roles, part_of, plain_columns
from nnrun.errors import Place, Problem
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.distributions import Distribution, parse_definition, parse_distribution
from nnrun.experiment.expressions import Expression, ExpressionError

_ARGUMENTS: Mapping[str, JsonSchema] = {
    "samples": integer(
        "The number of rows; with grid columns it follows from them and may be left out.", maximum=10_000_000
    ),
    **ROLE_ARGUMENTS,
    "noise": {
        "description": "The noise added to the targets that are no class labels: a standard deviation, "
        "normal(mean, stddev) or uniform(low, high).",
        "type": ["number", "string"],
        "minimum": 0,
        "default": 0,
    },
}


@dataclass(frozen=True)
class Function:
    """A checked `function` generator.

    Args:
        samples: the number of rows.
        definitions: what each column is, in order; an expression uses only columns above it.
        roles: what the columns are for.
        noise: what is added to the targets that are no labels.
    """

    samples: int
    definitions: Mapping[str, Distribution | Expression]
    roles: Roles
    noise: Distribution | None

    def is_label(self, column: str) -> bool:
        """Whether the column is a target whose values are true or false."""
        definition = self.definitions[column]
        return column in self.roles.targets and isinstance(definition, Expression) and definition.is_truth


def parse_function(given: GeneratorArguments) -> Function:
    """Checks a `function` generator.

    Raises:
        ExperimentError: a column's name or definition is wrong, samples are missing, roles are unclear; all at once.
    """
    columns = tuple(name for name in given.component.arguments if name not in _ARGUMENTS)
    definitions = {name: _definition(given, columns, index) for index, name in enumerate(columns)}
    roles = find_roles(given, columns)
    samples = _samples(given, definitions)
    noise = _noise(given)
    whole = {name: definition for name, definition in definitions.items() if definition is not None}
    function = Function(samples, whole, roles, noise)
    if noise and not given.problems and all(function.is_label(name) for name in roles.targets):
        given.add("noise", "Noise can be added only to numeric targets. These targets are class labels.")
    given.finish()
    return function


def _columns(given: GeneratorArguments) -> Columns:
    function = parse_function(given)
    targets = tuple(Column(name, is_label=function.is_label(name)) for name in function.roles.targets)
    classes = 2 if len(targets) == 1 and targets[0].is_label else None
    return Columns(plain_columns(function.roles.inputs), targets, function.samples, classes)


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The rows: the columns one after the other, then the noise on the targets, so that no column depends on it.

    All columns are float32 but the targets that are true or false: these are int32 labels.
    """
    from nnrun.data.evaluation import draw, evaluate_columns

    function, rng = parse_function(given), resources.rng
    values = evaluate_columns(function.definitions, function.samples, rng)  # each (samples,)

    def target(name: str) -> Array:
        if function.is_label(name):
            return as_column(values[name], "int32")
        noise = draw(function.noise, function.samples, rng) if function.noise else 0
        return as_column(values[name] + noise)

    targets = {name: target(name) for name in function.roles.targets}
    return Source(part_of(function.roles, {name: as_column(v) for name, v in values.items()}, targets))


def _definition(given: GeneratorArguments, columns: tuple[str, ...], index: int) -> Distribution | Expression | None:
    name = columns[index]
    if not name.isidentifier() or keyword.iskeyword(name) or not unicodedata.is_normalized("NFKC", name):
        given.add(name, f"A column name must be an identifier of letters, digits and _. Received: {name}")
    text = str(given.component.arguments[name])
    if given.is_full:
        return None
    try:
        return parse_definition(text, columns[:index])
    except ExpressionError as error:
        _add_error(given, name, text, error, _order_hint(columns, index, text[error.column :]) or error.hint)
        return None


def _add_error(given: GeneratorArguments, argument: str, text: str, error: ExpressionError, hint: str | None) -> None:
    place = given.component.place_of(argument)
    place = _inside(place, text, error.column) if place else None
    given.problems.append(Problem(f'In "{argument}": {error.message}', place, hint))


def _inside(place: Place, text: str, column: int) -> Place:
    """The place of a character of `text`, whose value begins at `place`, perhaps after a quote."""
    start = place.column - 1
    if place.text[start : start + 1] in ("'", '"'):
        start += 1
    # A value with escapes or over several lines differs from the text of the line.
    return replace(place, column=start + column + 1) if place.text.startswith(text, start) else place


def _order_hint(columns: tuple[str, ...], index: int, rest: str) -> str | None:
    """The hint when `rest` begins with a column that is not above the one being defined."""
    word = re.match(r"\w*", rest)
    if word is None or word.group() not in columns[index:]:
        return None
    where = "the column itself" if word.group() == columns[index] else "defined below"
    return f'"{word.group()}" is {where}; a column uses the columns above it.'


def _samples(given: GeneratorArguments, definitions: Mapping[str, Distribution | Expression | None]) -> int:
    samples: int | None = given.values.get("samples")
    grids = [
        int(definition.arguments[2])
        for definition in definitions.values()
        if isinstance(definition, Distribution) and definition.name == "grid"
    ]
    points = math.prod(grids)
    if not grids and samples is None and None not in definitions.values():
        given.add("samples", 'The data generator function needs the argument "samples", the number of rows.')
    if grids and samples is not None and samples != points:
        given.add("samples", f"The grid has {points} points. Received: {samples} samples", "Leave samples out.")
    return points if grids else samples or 0


def _noise(given: GeneratorArguments) -> Distribution | None:
    noise: float | str = given["noise"]
    if not isinstance(noise, str):
        return Distribution("normal", (0.0, float(noise))) if noise else None
    try:
        distribution = parse_distribution(noise, ())
    except ExpressionError as error:
        _add_error(given, "noise", noise, error, error.hint)
        return None
    if distribution is None or distribution.name not in ("normal", "uniform"):
        allowed = "a standard deviation, normal(mean, stddev) or uniform(low, high)"
        given.add("noise", f"Noise is {allowed}. Received: {noise}")
    return distribution


FUNCTION = Generator(
    "function",
    "Columns drawn from distributions or computed by expressions; every argument not listed here is a column.",
    _ARGUMENTS,
    _columns,
    _make,
    additional={
        "description": "A column: uniform(low, high), normal(mean, stddev), linspace(start, stop), choice(a, b, ...), "
        "grid(start, stop, steps), or an expression over the columns above it.",
        "type": ["string", "number"],
    },
)
