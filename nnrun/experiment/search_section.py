"""The part of the section `sweep:` that describes a search: its distributions, its trials and its objective."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nnrun.errors import Place, Problem
from nnrun.experiment.text.yaml_text import Document

if TYPE_CHECKING:
    from nnrun.experiment.sweep_section import DrawnSetting

# What excludes a search.
_INSTEAD = ("variants", "grid", "random")

_EXAMPLE = "For example: objective: min(val_loss)"
_OBJECTIVE = re.compile(r"\s*(min|max)\s*\(\s*(\w[\w.-]*)\s*\)\s*")


@dataclass(frozen=True)
class Objective:
    """What a search minimizes or maximizes: the best value of a metric over the epochs of a trial.

    Args:
        metric: the metric.
        largest: whether it is maximized; otherwise it is minimized.
        place: its place.
    """

    metric: str
    largest: bool
    place: Place | None = None

    def __str__(self) -> str:
        return self.of(self.metric)

    def of(self, metric: str) -> str:
        """The same objective with another metric, as it is written."""
        return f"{'max' if self.largest else 'min'}({metric})"

    def best(self, values: Sequence[float]) -> float | None:
        """The best finite value; None where there is none."""
        finite = [value for value in values if math.isfinite(value)]
        return (max(finite) if self.largest else min(finite)) if finite else None

    def rank(self, value: float | None) -> float:
        """A number that is smaller for a better value; infinite for None."""
        return math.inf if value is None else -value if self.largest else value


@dataclass(frozen=True)
class SearchSettings:
    """The settings of a search.

    Args:
        drawn: the settings, each with its distribution.
        trials: number of trials.
        objective: what is minimized or maximized.
        sampler: `tpe` or `random`.
        pruner: `none`, `median` or `halving`.
    """

    drawn: tuple[DrawnSetting, ...]
    trials: int
    objective: Objective
    sampler: str
    pruner: str

    @property
    def terms(self) -> dict[str, str]:
        """Objective, sampler and pruner as text, for the record of a sweep and the terminal."""
        return {"objective": str(self.objective), "sampler": self.sampler, "pruner": self.pruner}


def read_search(document: Document, drawn: tuple[DrawnSetting, ...], problems: list[Problem]) -> SearchSettings | None:
    """The search of a document that is valid by the schema; None where there is none, or an invalid one.

    Args:
        document: the document.
        drawn: what its settings are drawn from.
        problems: what is wrong is added to these.
    """
    section: Mapping[str, Any] = document.at(("sweep",)) or {}
    if "search" not in section:
        return None
    problems.extend(beside_search(name, _key(document, name)) for name in _INSTEAD if name in section)
    problems.extend(_seed_is_drawn(part) for part in drawn if part.path == "seed")
    objective = _objective(document, problems)
    if objective is None:
        return None
    sampler, pruner = section.get("sampler", "tpe"), section.get("pruner", "none")
    return SearchSettings(drawn, section["trials"], objective, sampler, pruner)


def beside_search(name: str, place: Place | None) -> Problem:
    """What to say of another way to make trials that stands beside a search.

    Args:
        name: its name in the section, or the option.
        place: where that stands.
    """
    hint = "List what is to be chosen among within search, or sweep over the best trial's resolved.yaml afterwards."
    return Problem(f"A search stands alone, without {name}.", place, hint)


def _key(document: Document, name: str) -> Place | None:
    return document.keys.get(("sweep", name)) or document.place(("sweep", name))


def _seed_is_drawn(part: DrawnSetting) -> Problem:
    hint = "Take it out of search; --grid seed=0..9 with the best trial's resolved.yaml shows what chance does."
    return Problem("The best of many seeds is chance, not a better setting.", part.key, hint)


def _objective(document: Document, problems: list[Problem]) -> Objective | None:
    where = ("sweep", "objective")
    text, place = document.at(where), document.place(where)
    found = _OBJECTIVE.fullmatch(text)
    if found is None:
        hint = f"Write min({text}) or max({text})." if re.fullmatch(r"\w+", text) else _EXAMPLE
        problems.append(Problem(f"An objective is min(METRIC) or max(METRIC). Received: {text}", place, hint))
        return None
    return Objective(found[2], found[1] == "max", place)
