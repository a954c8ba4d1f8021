"""The columns that results have in the tables of a sweep, beside the settings."""

from __future__ import annotations

from collections.abc import Sequence

REACHED = "reached"
EXPECTATIONS = "expectations"
OBJECTIVE = "objective"
EPOCHS = "epochs"


def epochs_column(columns: Sequence[str]) -> str:
    """The column with the number of trained epochs.

    It is `epochs`, the only name that a setting has as well: in a sweep over that setting it is `trained_epochs`.

    Args:
        columns: the settings in which the trials differ.
    """
    return f"trained_{EPOCHS}" if EPOCHS in columns else EPOCHS
