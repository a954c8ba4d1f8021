"""Some of many combinations, with each choice at least once."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import TypeVar

Choice = TypeVar("Choice")


def selected_combinations(choices: Sequence[Sequence[Choice]], most: int) -> Iterator[tuple[Choice, ...]]:
    """All combinations of one choice each, or each choice once with the first of the others.

    Args:
        choices: what there is to choose from; none of them is empty.
        most: with more combinations than these each choice is taken once, in turns.
    """
    if math.prod(map(len, choices)) <= most:
        yield from itertools.product(*choices)
        return
    first = tuple(each[0] for each in choices)
    yield first
    for turn in range(1, max(map(len, choices))):
        for place, each in enumerate(choices):
            if turn < len(each):
                yield (*first[:place], each[turn], *first[place + 1 :])
