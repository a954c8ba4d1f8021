"""Which cells of the data the preparation handles; anywhere else they are an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nnrun.experiment.column_steps import column_steps


@dataclass(frozen=True)
class AllowedCells:
    """The cells that the preparation handles.

    A missing number is NaN, the code of a missing text is -1.

    Args:
        data: the data settings as plain values, valid by the schema; by default no such cell is handled.
    """

    data: Mapping[str, Any] = field(default_factory=dict)

    def missing(self, column: str, *, target: bool = False) -> bool:
        """Whether cells of a column may be missing."""
        return column_steps(self.data, column, target=target).missing != "refuse"

    def many_texts(self, column: str) -> bool:
        """Whether an input column may have any number of different texts, as its width does not depend on them."""
        return column_steps(self.data, column).words == "integer" or self.new_texts(column)

    def new_texts(self, column: str) -> bool:
        """Whether an input column may have texts that the training rows do not have."""
        steps = column_steps(self.data, column)
        return steps.words == "hash" or steps.max_words is not None
