"""How many inputs each layer takes. Nearly all take one; Keras does not always refuse a second one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nnrun.errors import Problem, first_problems, listed
from nnrun.experiment.experiment import Layer
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.network.wiring import Graph


class Arity(NamedTuple):
    """The fewest and the most inputs of a layer; None for any number."""

    fewest: int
    most: int | None

    def admits(self, count: int) -> bool:
        """Whether a layer takes that many inputs."""
        return self.fewest <= count and (self.most is None or count <= self.most)

    def __str__(self) -> str:
        if self.most is None:
            return f"at least {self.fewest} inputs"
        if self.fewest < self.most:
            return f"{self.fewest} or {self.most} inputs"
        return "one input" if self.most == 1 else f"{self.most} inputs"


_ONE = Arity(1, 1)
_SEVERAL: Mapping[str, Arity] = {
    **dict.fromkeys(("Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply"), Arity(2, None)),
    **dict.fromkeys(("Subtract", "Dot"), Arity(2, 2)),
    # Query, value and, where it is not the value, key.
    **dict.fromkeys(("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention"), Arity(2, 3)),
    "HashedCrossing": Arity(2, None),
}


def find_count_problems(graph: Graph) -> list[Problem]:
    """A problem for every layer that is wired to fewer or more inputs than it takes."""
    return first_problems(problem for layer in graph.layers if (problem := _problem(layer)))


def arity(name: str) -> Arity:
    """How many inputs a layer takes, by its name or alias in the catalogue; any number where it is not there."""
    own = load_catalog().own_name("layers", name)
    return _SEVERAL.get(own, _ONE) if own else Arity(1, None)


def _problem(layer: Layer) -> Problem | None:
    taken = arity(layer.component.name)
    count = len(layer.inputs)
    if taken.admits(count):
        return None
    received = listed([f'"{name}"' for name in layer.inputs])
    message = f'The layer "{layer.name}" ({layer.component.name}) takes {taken}. Received: {received}'
    place = layer.component.place_of("inputs")
    return Problem(message, place, _hint(taken, count))


def _hint(taken: Arity, count: int) -> str | None:
    if count < taken.fewest:
        return f"Name them, as in inputs: [{', '.join('abc'[: taken.fewest])}]."
    return "Join the inputs first, by Concatenate or Add." if taken is _ONE else None
