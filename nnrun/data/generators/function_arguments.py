"""The arguments of the `function` generator, checked."""

from __future__ import annotations

import keyword
import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nnrun.data.generators.expression_errors import add_expression_error
from nnrun.data.generators.function_noise import NOISE, parse_missing, parse_noise
from nnrun.data.generators.generator import GeneratorArguments, JsonSchema, integer
from nnrun.data.generators.roles import ROLE_ARGUMENTS, Roles, find_roles
from nnrun.experiment.distributions import Distribution, parse_definition
from nnrun.experiment.expressions import Expression, ExpressionError
from nnrun.experiment.few_values import class_counts
from nnrun.experiment.function_sample import Noise

FUNCTION_ARGUMENTS: Mapping[str, JsonSchema] = {
    "samples": integer(
        "The number of rows; with grid columns it follows from them and may be left out.", maximum=10_000_000
    ),
    **ROLE_ARGUMENTS,
}


@dataclass(frozen=True)
class Function:
    """A checked `function` generator.

    Args:
        samples: the number of rows.
        definitions: what each column is, in order; an expression uses only columns above it.
        roles: what the columns are for.
        noise: what is added to the targets that are no labels, as far as there is any.
        classes: the number of classes of each target whose labels are flipped.
        label_flips: the share of these labels that are changed to another class.
        missing_inputs: the share of missing cells of each input that has some.
    """

    samples: int
    definitions: Mapping[str, Distribution | Expression]
    roles: Roles
    noise: Mapping[str, Noise]
    classes: Mapping[str, int]
    label_flips: float = 0.0
    missing_inputs: Mapping[str, float] = field(default_factory=dict)

    def is_label(self, column: str) -> bool:
        """Whether the column is a target whose values are true or false."""
        return column in self.roles.targets and _is_truth(self.definitions[column])


def _is_truth(definition: Distribution | Expression) -> bool:
    return isinstance(definition, Expression) and definition.is_truth


def parse_function(given: GeneratorArguments) -> Function:
    """Checks a `function` generator.

    Raises:
        ExperimentError: a column's name or definition is wrong, samples are missing, roles are unclear; all at once.
    """
    columns = tuple(name for name in given.component.arguments if name not in {*FUNCTION_ARGUMENTS, *NOISE})
    definitions = {name: _definition(given, columns, index) for index, name in enumerate(columns)}
    roles = find_roles(given, columns)
    samples = _samples(given, definitions)
    whole = {name: definition for name, definition in definitions.items() if definition is not None}
    flips, missing = given.values.get("label_flips", 0.0), parse_missing(given, roles.inputs)
    classes = _flipped_classes(given, whole, roles.targets) if flips and not given.problems else {}
    labels = {*classes, *(name for name in roles.targets if name in whole and _is_truth(whole[name]))}
    noise = parse_noise(given, columns, roles.targets, labels)
    given.finish()
    return Function(samples, whole, roles, noise, classes, flips, missing)


def _flipped_classes(
    given: GeneratorArguments, definitions: Mapping[str, Distribution | Expression], targets: Sequence[str]
) -> dict[str, int]:
    """The number of classes of each target that is a class label."""
    counts = class_counts(definitions)
    classes = {name: counts[name] for name in targets if name in counts}
    if not classes:
        message = "Labels can be flipped only in targets that are class labels. These targets are numbers."
        hint = "A label is a comparison, or a whole number from 0: where(x < 0, 0, where(x < 1, 1, 2))."
        given.add("label_flips", message, hint)
    return classes


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
        add_expression_error(
            given, (name,), text, error, _order_hint(columns, index, text[error.column :]) or error.hint
        )
        return None


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
