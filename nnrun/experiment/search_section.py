"""The part of the section `sweep:` that describes a search: its distributions, its trials and its objective."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nnrun.errors import Place, Problem
from nnrun.experiment.grid_axis import SettingSeries
from nnrun.experiment.grid_section import read_repetitions
from nnrun.experiment.objective import Objective
from nnrun.experiment.seeds import is_seed_path
from nnrun.experiment.text.yaml_text import Document

if TYPE_CHECKING:
    from nnrun.experiment.sweep_section import DrawnSetting

# What excludes a search.
_INSTEAD = ("variants", "grid", "zip", "seeds", "random")


@dataclass(frozen=True)
class SearchSettings:
    """The settings of a search.

    Args:
        drawn: the settings, each with its distribution.
        trials: number of draws.
        objective: what is minimized or maximized.
        sampler: `tpe` or `random`.
        pruner: `none`, `median` or `halving`.
        repetitions: the seeds with which the settings of each draw are trained; None where they are trained once, with
            the experiment's own seed.
    """

    drawn: tuple[DrawnSetting, ...]
    trials: int
    objective: Objective
    sampler: str
    pruner: str
    repetitions: SettingSeries | None = None

    @property
    def count(self) -> int:
        """The number of trainings."""
        return self.trials * (len(self.repetitions) if self.repetitions else 1)

    @property
    def terms(self) -> dict[str, str]:
        """Objective, sampler and pruner as text, for the record of a sweep and the terminal."""
        return {"objective": str(self.objective), "sampler": self.sampler, "pruner": self.pruner}


def read_search(
    document: Document, drawn: tuple[DrawnSetting, ...], objective: Objective | None, problems: list[Problem]
) -> SearchSettings | None:
    """The search of a document that is valid by the schema; None where there is none, or an invalid one.

    Args:
        document: the document.
        drawn: what its settings are drawn from.
        objective: the objective of the document; None where it has an invalid one.
        problems: what is wrong is added to these.
    """
    section: Mapping[str, Any] = document.at(("sweep",)) or {}
    if "search" not in section:
        return None
    problems.extend(beside_search(name, _key(document, name)) for name in _INSTEAD if name in section)
    problems.extend(_seed_is_drawn(part) for part in drawn if is_seed_path(part.path))
    if objective is None:
        return None
    sampler, pruner = section.get("sampler", "tpe"), section.get("pruner", "none")
    repetitions = read_repetitions(document)
    if repetitions is None and objective.center:
        message = f"{objective.center} is that of the seeds of a draw, and every draw is trained once."
        problems.append(Problem(message, objective.place, f"Add repeat: 10, or write {objective.of_trial}."))
    if repetitions is not None and pruner != "none":
        message = "A pruner compares single trainings, and with repeat every draw is trained with several seeds."
        problems.append(Problem(message, _key(document, "pruner"), "Leave out the pruner, or repeat."))
    if repetitions is not None:
        objective = replace(objective, center=objective.center or "median")
    return SearchSettings(drawn, section["trials"], objective, sampler, pruner, repetitions)


def beside_search(name: str, place: Place | None) -> Problem:
    """What to say of another way to make trials that stands beside a search.

    Args:
        name: its name in the section, or the option.
        place: where that stands.
    """
    hint = "List what is to be chosen among within search, or sweep over the best trial's resolved.yaml afterwards."
    return Problem(f"A search stands alone, without {name}.", place, hint)


def _key(document: Document, name: str) -> Place | None:
    return document.key_place(("sweep", name))


def _seed_is_drawn(part: DrawnSetting) -> Problem:
    hint = "Take it out of search; --grid seed=0..9 with the best trial's resolved.yaml shows what chance does."
    return Problem("The best of many seeds is chance, not a better setting.", part.key, hint)
