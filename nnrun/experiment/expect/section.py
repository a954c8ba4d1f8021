"""The section `expect:` of an experiment: a list of conditions, or a mapping with the share of runs that meet them."""

from __future__ import annotations

from nnrun.errors import Place, Problem, first_problems
from nnrun.experiment.expect.expectation import Expectation, parse_expectation
from nnrun.experiment.expect.reader import EXAMPLE
from nnrun.experiment.expressions import ExpressionError
from nnrun.experiment.schema.intact import UNKNOWN
from nnrun.experiment.text.yaml_text import Document, ValuePath

SECTION = "expect"
CONDITIONS = "conditions"
SHARE = "share"


PlacedExpectation = tuple[Expectation, Place | None]


def read_expectations(document: Document, problems: list[Problem]) -> tuple[PlacedExpectation, ...]:
    """The conditions of the section; those that are none are problems.

    Args:
        document: an experiment that is valid by the schema, but for what is unknown.
        problems: takes what is wrong.
    """
    wrong: list[Problem] = []
    path = conditions_path(document)
    written = [(text, document.place((*path, i))) for i, text in enumerate(document.at(path) or ())]
    found = [place_expectation(text, place, wrong) for text, place in written if text != UNKNOWN]
    problems += first_problems(wrong)
    return tuple(one for one in found if one is not None)


def read_share(document: Document) -> float:
    """The share of the trainings that is to meet the conditions, in (0, 1]."""
    share = document.at((SECTION, SHARE))
    return 1.0 if share is None else float(share)


def conditions_path(document: Document) -> ValuePath:
    """The path of the list of conditions."""
    return (SECTION, CONDITIONS) if isinstance(document.at((SECTION,)), dict) else (SECTION,)


def place_expectation(text: str, place: Place | None, problems: list[Problem]) -> PlacedExpectation | None:
    """The condition of a text that stands at a place; None where it is none, which is a problem then."""
    try:
        return parse_expectation(text), place
    except ExpressionError as error:
        problems.append(Problem(error.message, place and place.within(text, error.column), error.hint or EXAMPLE))
        return None
