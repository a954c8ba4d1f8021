"""What is wrong with an expression among the arguments of a generator, at its character."""

from __future__ import annotations

from nnrun.data.generators.generator import GeneratorArguments
from nnrun.errors import Problem
from nnrun.experiment.expressions import ExpressionError


def add_expression_error(
    given: GeneratorArguments, path: tuple[str, ...], text: str, error: ExpressionError, hint: str | None
) -> None:
    """Adds what is wrong with an expression to the problems of a generator.

    Args:
        given: the arguments.
        path: the argument, and the name within it if it is a mapping.
        text: the expression.
        error: what is wrong with it.
        hint: the remedy, if there is one.
    """
    place = given.component.place_of(*path)
    place = place.within(text, error.column) if place else None
    given.problems.append(Problem(f'In "{path[0]}": {error.message}', place, hint))
