"""The predictions for the samples of `predict`, taken from their table: the numbers and the class of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nnrun.runs.judge.conditions import Scalar, UnknownValue

_PREDICTED = "predicted_"


@dataclass(frozen=True)
class SamplePredictions:
    """A table of predictions, a row per sample, as `predictions.csv` has it.

    Args:
        header: the name of each column.
        rows: a value or its text per column.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[Any]]

    def number(self, sample: int, position: int | None) -> float:
        """A number that the network outputs for a sample: a value in the unit of the data, or a probability.

        Args:
            sample: the sample, from 0.
            position: the position of the number among those of the sample; None where it has one.

        Raises:
            UnknownValue: there is none.
        """
        row = self._row(sample)
        numbers = [float(row[i]) for i in self._number_columns()]
        if position is None and len(numbers) != 1:
            raise UnknownValue(f"the network outputs {len(numbers)} numbers for a sample")
        try:
            return numbers[position or 0]
        except IndexError:
            raise UnknownValue(f"the network outputs {len(numbers)} numbers for a sample") from None

    def class_of(self, sample: int) -> Scalar:
        """The class of a sample, of the first output that gives classes: its name, or its number.

        Raises:
            UnknownValue: there is none.
        """
        column = next((i for i, name in enumerate(self.header) if self._is_class(name)), None)
        if column is None:
            raise UnknownValue("the network predicts values, not classes")
        return _number_or_text(self._row(sample)[column])

    def _row(self, sample: int) -> Sequence[Any]:
        try:
            return self.rows[sample]
        except IndexError:
            raise UnknownValue(f"there are {len(self.rows)} predictions") from None

    def _is_class(self, name: str) -> bool:
        """Whether a column has classes: the columns of their probabilities name its target."""
        begin = f"p({name.removeprefix(_PREDICTED)}="
        return name.startswith(_PREDICTED) and any(other.startswith(begin) for other in self.header)

    def _number_columns(self) -> list[int]:
        """The columns of values and probabilities, in their order."""
        return [
            i
            for i, name in enumerate(self.header)
            if (name.startswith(_PREDICTED) and not self._is_class(name)) or self._is_probability(name)
        ]

    def _is_probability(self, name: str) -> bool:
        targets = (other.removeprefix(_PREDICTED) for other in self.header if other.startswith(_PREDICTED))
        return any(name.startswith(f"p({target}=") for target in targets)


def _number_or_text(cell: Any) -> Scalar:
    """The class of a cell, which is a text where it was read from a file."""
    try:
        return float(cell)
    except ValueError:
        return str(cell)
