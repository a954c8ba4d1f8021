"""How the texts of a column become the numbers that a network takes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

WordKind = Literal["onehot", "integer", "hash"]

DEFAULT_BUCKETS = 64  # of `hash`
OTHER = "(other)"
MISSING = "(missing)"


@dataclass(frozen=True)
class WordEncoding:
    """Positions for the texts of a column: those of its words or buckets, then one for others, then one for none.

    Args:
        kind: `onehot` and `hash` give a vector with a 1 at the position, `integer` the position itself.
        size: the number of words with a position of their own, or of hash buckets.
        words: these words in sorted order; none for `hash`, and none before the most frequent ones are known.
        other: whether all other words share a position.
        missing: whether missing cells have a position.
    """

    kind: WordKind = "onehot"
    size: int = 0
    words: tuple[str, ...] = ()
    other: bool = False
    missing: bool = False

    @property
    def positions(self) -> int:
        """The number of positions."""
        return self.size + self.other + self.missing

    @property
    def width(self) -> int:
        """How many numbers a row has."""
        return 1 if self.kind == "integer" else self.positions

    @property
    def is_fitted(self) -> bool:
        """Whether the position of every text is known."""
        return self.kind == "hash" or len(self.words) == self.size

    @property
    def missing_position(self) -> int | None:
        """The position of a missing cell, if it has one."""
        return self.positions - 1 if self.missing else None

    def position(self, text: str) -> int | None:
        """The position of a text; None for a text that has none."""
        if self.kind == "hash":
            return stable_hash(text) % self.size
        return self._known.get(text, self.size if self.other else None)

    def text_at(self, position: int) -> str:
        """The text of a position, a name in brackets where it stands for several."""
        if position == self.missing_position:
            return MISSING
        if position >= self.size:
            return OTHER
        return self.words[position] if self.words else f"[{position}]"

    def feature_names(self, column: str) -> list[str]:
        """A name for each number of a row."""
        if self.kind == "integer":
            return [column]
        if not self.words:
            return [f"{column}[{i}]" for i in range(self.positions)]
        return [f"{column}={self.text_at(i)}" for i in range(self.positions)]

    @cached_property
    def _known(self) -> Mapping[str, int]:
        return {word: position for position, word in enumerate(self.words)}


def stable_hash(text: str) -> int:
    """A hash that is the same on every machine: the first 8 bytes of the SHA-256 of the text in UTF-8."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
