"""The arguments of an optimizer that clip gradients, of which it takes one."""

from __future__ import annotations

from collections.abc import Iterator

from nnrun.errors import Problem
from nnrun.experiment.experiment import Component

_CLIPPING = ("clipnorm", "clipvalue", "global_clipnorm")


def find_clipping_problems(optimizer: Component) -> Iterator[Problem]:
    """A problem for each further way in which an optimizer is to clip gradients."""
    given = [name for name in _CLIPPING if optimizer.arguments.get(name) is not None]
    for name in given[1:]:
        message = f"An optimizer clips gradients in one way, and {given[0]} is set already."
        yield Problem(message, optimizer.place_of(name), "Leave one of the two out.")
