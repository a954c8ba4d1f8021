"""The settings in which the trials of one configuration differ: their seeds, and the fold that validates them."""

from __future__ import annotations

from collections.abc import Collection

from nnrun.experiment.folds import FOLD_PATH
from nnrun.experiment.seeds import SEED_PATHS, is_seed_path

REPETITION_PATHS = (*SEED_PATHS, FOLD_PATH)


def is_repetition(path: str) -> bool:
    """Whether trials that differ in this setting alone are repetitions of one configuration."""
    return path in REPETITION_PATHS


def repetition_in_words(paths: Collection[str]) -> str:
    """What the repetitions differ in, in the singular: `seed`, `fold`, or `seed and fold`; empty where they do not."""
    words = [*(["seed"] if any(map(is_seed_path, paths)) else []), *(["fold"] if FOLD_PATH in paths else [])]
    return " and ".join(words)
