"""The seeds of an experiment: one for all sources of randomness, and the section `seeds:`, which names single ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any

from nnrun.errors import Problem, shown
from nnrun.experiment.sweep_values import ValuesError, read_values
from nnrun.experiment.text.yaml_text import Document

SEED = "seed"
SEEDS = "seeds"
MAX_SEED = 2**32 - 1


@dataclass(frozen=True)
class Seeds:
    """The seed of each source of randomness, 0 to 2³² − 1.

    Args:
        data: of the rows that a generator draws.
        split: of the order in which they are split, and of the rows that `use` leaves.
        weights: of the initial weights, and of the layers that draw numbers while training, such as Dropout.
        order: of the order of the training rows in every epoch.
    """

    data: int
    split: int
    weights: int
    order: int

    @classmethod
    def of(cls, seed: int, named: Mapping[str, int]) -> Seeds:
        """The seeds of an experiment: `seed` for every source that is not named."""
        return cls(**{source: named.get(source, seed) for source in SOURCES})


SOURCES = tuple(field.name for field in fields(Seeds))
SEED_PATHS = (SEED, *(f"{SEEDS}.{source}" for source in SOURCES))


def is_seed_path(path: str) -> bool:
    """Whether a setting is a seed: `seed`, `seeds.weights` and the like."""
    return path in SEED_PATHS


def is_seed(value: Any) -> bool:
    """Whether a value is a valid seed."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SEED


def data_seed(document: Document) -> int:
    """The seed of the data in a document; 0 where that is no seed, which is reported elsewhere."""
    named = document.at((SEEDS, "data"))
    seed = document.at((SEED,)) if named is None else named
    return seed if is_seed(seed) else 0


def in_order(named: Mapping[str, int]) -> dict[str, int]:
    """Named seeds in the order of their sources."""
    return {source: named[source] for source in SOURCES if source in named}


def seed_settings(resolved: Mapping[str, Any]) -> dict[str, Any]:
    """The seeds among the settings of an experiment: `seed`, and `seeds` where it names some."""
    return {key: resolved[key] for key in (SEED, SEEDS) if key in resolved}


def seeds_in_words(paths: Collection[str]) -> str:
    """The sources whose seeds are among some settings, such as `the weights and the order`; empty where none is."""
    named = [f"the {source}" for source in SOURCES if f"{SEEDS}.{source}" in paths]
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def find_seed_ranges(document: Document) -> dict[str, Any]:
    """The sources whose seed is a list or a range, with what is written: axes of a sweep."""
    section = document.at((SEEDS,))
    return {source: written for source, written in (section or {}).items() if isinstance(written, str | list)}


def find_seed_problems(document: Document) -> list[Problem]:
    """A problem for each seed that is a range, where an experiment is trained once.

    Args:
        document: a document that is valid by the schema.
    """
    message = '"{}" is a range of seeds, and a training has one. Received: {}'
    hint = "Train with each of them: nnrun sweep FILE; or with one: --set seeds.{}=0"
    return [
        Problem(message.format(source, shown(written)), document.place((SEEDS, source)), hint.format(source))
        for source, written in find_seed_ranges(document).items()
    ]


def with_first_seeds(document: Document) -> Document:
    """The document with the first seed of every range, which stands for all of them."""
    ranges = find_seed_ranges(document)
    if not ranges:
        return document
    firsts = {source: _first(written) for source, written in ranges.items()}
    section = {**document.value[SEEDS], **firsts}
    return Document({**document.value, SEEDS: section}, document.places, document.keys)


def _first(written: Any) -> Any:
    try:
        return read_values(written)[0]
    except ValuesError:  # reported with the axes of the sweep
        return 0
