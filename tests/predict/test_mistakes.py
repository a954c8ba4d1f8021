"""The wrong predictions to show: of every cell of the confusion matrix the most confident ones."""

from __future__ import annotations

import numpy as np

from nnrun.predict.mistakes import chosen_mistakes

CELLS = np.array([1, 5, 5, 1, 5, 7])
CONFIDENCE = np.array([0.6, 0.7, 0.9, 0.8, 0.5, 0.99])


def chosen(most: int) -> list[int]:
    return [int(position) for position in chosen_mistakes(CELLS, CONFIDENCE, most)]


def test_the_fullest_cell_comes_first_and_in_it_the_most_confident() -> None:
    assert chosen(10) == [2, 1, 4, 3, 0, 5]


def test_every_cell_has_one_before_any_has_two() -> None:
    assert chosen(3) == [2, 3, 5]
    assert chosen(4) == [2, 1, 3, 5]


def test_of_more_cells_than_are_shown_the_fullest_count() -> None:
    assert chosen(1) == [2]
    assert chosen(0) == []
