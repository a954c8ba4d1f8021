"""The setting `window` of an experiment's data: samples that are several rows of a series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The name of the input column that the rows of a window make.
WINDOW = "window"


@dataclass(frozen=True)
class Window:
    """How samples are cut from rows in order: `length` rows of the inputs, and targets of rows after them.

    Args:
        length: the number of rows that a sample takes, from 1.
        horizon: how many rows after the last of them the first predicted row is, from 1.
        steps: how many rows are predicted, one after the other, from 1.
        stride: how many rows the next sample begins after this one, from 1.
        inputs: the columns that a sample takes; None for all.
        targets: the columns that are predicted; None for the targets of the generator.
        group: the column whose different values are different series; None for a single series.
    """

    length: int
    horizon: int = 1
    steps: int = 1
    stride: int = 1
    inputs: tuple[str, ...] | None = None
    targets: tuple[str, ...] | None = None
    group: str | None = None

    @property
    def span(self) -> int:
        """The number of rows from the first of a sample to the last that it predicts."""
        return self.length + self.horizon + self.steps - 1

    def count(self, rows: int) -> int:
        """The number of samples of a series of so many rows."""
        return max(0, (rows - self.span) // self.stride + 1)

    @property
    def in_words(self) -> str:
        """What decides its span, such as `length 24, horizon 1`."""
        steps = f", steps {self.steps}" if self.steps > 1 else ""
        return f"length {self.length}, horizon {self.horizon}{steps}"


SHORTER = "Use a shorter window, or more rows."


def too_short(name: str, rows: int, window: Window) -> str:
    """What is said of a data set that has no window."""
    has = f"The {name} set has {rows:,} row{'s' * (rows != 1)}"
    return f"{has}, and a window takes {window.span:,} in a row ({window.in_words})."


def read_window(data: Mapping[str, Any]) -> Window | None:
    """The windows of data settings.

    Args:
        data: the settings as plain values, valid by the schema.

    Returns:
        None where each row is a sample.
    """
    written = data.get(WINDOW)
    if written is None:
        return None
    names = {name: _listed(written[name]) for name in ("inputs", "targets") if name in written}
    return Window(**{**written, **names})


def _listed(written: str | list[str]) -> tuple[str, ...]:
    return (written,) if isinstance(written, str) else tuple(written)
