"""A trial: one experiment of a sweep, as plain values that can be sent to another process."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nnrun.experiment.experiment import Experiment

VARIANT = "variant"

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._]+")
_LONGEST_NAME = 48


@dataclass(frozen=True)
class Bound:
    """The worst value of the objective with which a trial is not pruned after an epoch.

    Args:
        epoch: the epoch, from 1.
        value: the value.
    """

    epoch: int
    value: float


@dataclass(frozen=True, eq=False)
class Trial:
    """One experiment of a sweep.

    Args:
        index: its number, from 0.
        settings: the settings in which it differs from others: value by path, the name of its variant under `variant`.
        experiment: the experiment.
        bounds: where it may be pruned, by epoch.
    """

    index: int
    settings: Mapping[str, Any]
    experiment: Experiment
    bounds: tuple[Bound, ...] = ()

    @property
    def name(self) -> str:
        """The name of its folder, such as `0007-units-16-seed-7`."""
        return trial_name(self.index, self.settings)


def trial_name(index: int, settings: Mapping[str, Any]) -> str:
    """The name of the folder of a trial with a number and settings."""
    parts = [f"{path.rpartition('.')[2]}-{written(value)}" for path, value in settings.items()]
    ending = _NOT_IN_NAMES.sub("-", "-".join(parts).removeprefix(f"{VARIANT}-"))[:_LONGEST_NAME].strip("-.")
    return f"{index:04}-{ending}" if ending else f"{index:04}"


def written(value: Any) -> str:
    """A setting's value as text: a string as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
