"""The axes of a grid: the settings that change along them, each made when it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

from nnrun.errors import Place
from nnrun.experiment.text.overrides import Setting


@dataclass(frozen=True)
class SettingSeries(Sequence[Setting]):
    """A setting with each of the values that one text gives it, such as `0..999999`.

    Args:
        path: the setting's path.
        values: its values.
        place: where the text stands.
        key: where the path stands.
    """

    path: str
    values: Sequence[Any]
    place: Place
    key: Place

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, position: int) -> Setting: ...
    @overload
    def __getitem__(self, position: slice) -> SettingSeries: ...
    def __getitem__(self, position: int | slice) -> Setting | SettingSeries:
        if isinstance(position, slice):
            return SettingSeries(self.path, self.values[position], self.place, self.key)
        return Setting(self.path, self.values[position], self.place, self.key)


@dataclass(frozen=True)
class GridAxis:
    """The settings that change together along an axis of a grid, mostly one.

    Args:
        columns: each setting at every point of the axis; all are of the same length, which is not 0.
    """

    columns: tuple[Sequence[Setting], ...]

    def __len__(self) -> int:
        return len(self.columns[0])

    @property
    def first(self) -> tuple[Setting, ...]:
        """The settings at the first point."""
        return self.at(0)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of the settings."""
        return tuple(setting.path for setting in self.first)

    @property
    def values(self) -> tuple[Sequence[Any], ...]:
        """The values alone, of each setting."""
        return tuple(
            column.values if isinstance(column, SettingSeries) else [setting.value for setting in column]
            for column in self.columns
        )

    def at(self, position: int) -> tuple[Setting, ...]:
        """The settings at a point."""
        return tuple(column[position] for column in self.columns)
