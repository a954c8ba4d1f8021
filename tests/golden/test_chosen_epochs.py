"""The epochs at which golden files have the metrics."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nnrun.golden.chosen_epochs import golden_epochs
from nnrun.sweep.table.trial_block import curve_epochs


def test_early_epochs_are_nearer_to_each_other() -> None:
    assert golden_epochs(500) == (1, 2, 3, 5, 10, 17, 29, 52, 93, 169, 277, 500)


@given(st.integers(1, 100_000))
def test_they_ascend_from_the_first_epoch_to_the_last_among_those_of_a_table(last: int) -> None:
    epochs = golden_epochs(last)
    assert (epochs[0], epochs[-1]) == (1, last)
    assert list(epochs) == sorted(set(epochs))
    assert len(epochs) <= 12
    assert set(epochs) <= set(curve_epochs(last).tolist())
