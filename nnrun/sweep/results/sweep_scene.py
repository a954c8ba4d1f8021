"""The configurations of a sweep as its pictures name them, in their order of rank."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from nnrun.data.dataset import Array
from nnrun.sweep.results.labels import labels_of, short_columns, short_values
from nnrun.sweep.results.results import Results

# With more configurations, the values of a setting are told apart, not the configurations.
_MOST_TOLD_APART = 2_000


class SweepScene:
    """The configurations of a sweep with short names.

    Args:
        results: the results of the sweep.
    """

    def __init__(self, results: Results) -> None:
        self.results = results
        self.configurations = results.configurations
        self.columns = self.configurations.paths
        self.short = short_columns(self.columns)
        self.missing = "never" if results.reaching else "no number"

    @cached_property
    def ranking(self) -> list[int]:
        """The numbers of the configurations, the best first."""
        return self.results.ranking()

    @cached_property
    def texts(self) -> dict[str, dict[str, str]]:
        """A short text for each value of each setting."""
        if len(self.configurations) <= _MOST_TOLD_APART:
            return short_values([configuration.settings for configuration in self.configurations], self.columns)
        settings = self.results.trials.settings
        return {column: labels_of(settings[column].texts) for column in self.columns}

    @property
    def heading(self) -> str:
        """The settings in the names of configurations."""
        return ", ".join(self.short.values())

    def name(self, configuration: int) -> str:
        """The values of a configuration's settings."""
        settings = self.configurations[configuration].settings
        return ", ".join(self.texts[column][settings[column]] for column in self.columns) or "all trials"

    def title(self, what: str) -> str:
        """A title with the experiment's name before it."""
        return f"{self.results.record.name}: {what}"

    def codes(self, column: str) -> Array:
        """The position of each configuration's value among all values of a setting, (configurations,)."""
        return self.configurations.codes(column)

    def numbers(self, column: str) -> Array | None:
        """A setting's value at each configuration, (configurations,); None where some are not numbers."""
        numbers = self.results.trials.settings[column].numbers
        return None if numbers is None else np.asarray(numbers[self.codes(column)])

    def varied(self) -> list[str]:
        """The settings that have several values."""
        return [column for column in self.columns if len(np.unique(self.codes(column))) > 1]
