"""How free texts become numbers: the settings of Keras's `TextVectorization`, and what was fitted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Standardize = Literal["lower_and_strip_punctuation", "lower", "strip_punctuation", "none"]
TextOutput = Literal["int", "multi_hot", "count", "tf_idf"]

MASK, UNKNOWN = "", "[UNK]"


@dataclass(frozen=True)
class TextEncoding:
    """The settings of a `TextVectorization` that splits at whitespace, and its vocabulary.

    Args:
        max_tokens: the most tokens, with those for padding and for unknown ones.
        length: the tokens of a row where the output is `int`; others are cut or padded with 0.
        output: `int`: a number per token; `multi_hot`, `count`, `tf_idf`: a number per token of the vocabulary.
        standardize: what is done to a text before it is split.
        ngrams: the longest sequence of words that is a token; 1 for single words.
        vocabulary: the tokens, the most frequent first, without those for padding and unknown ones; empty until fitted.
        weights: of `tf_idf` the inverse document frequency of each of them.
    """

    max_tokens: int
    length: int = 100
    output: TextOutput = "int"
    standardize: Standardize = "lower_and_strip_punctuation"
    ngrams: int = 1
    vocabulary: tuple[str, ...] = field(default=(), compare=False, repr=False)
    weights: tuple[float, ...] = field(default=(), compare=False, repr=False)

    @property
    def width(self) -> int:
        """How many numbers a row has."""
        return self.length if self.output == "int" else self.max_tokens

    @property
    def extent(self) -> tuple[float, float] | None:
        """The smallest and the largest number, where they are known."""
        if self.output == "int":
            return 0, self.max_tokens - 1
        return (0, 1) if self.output == "multi_hot" else None

    @property
    def special(self) -> tuple[str, ...]:
        """The tokens before the vocabulary: for padding, where a row is padded, and for unknown ones."""
        return (MASK, UNKNOWN) if self.output == "int" else (UNKNOWN,)

    @property
    def most_words(self) -> int:
        """The most tokens of the vocabulary."""
        return self.max_tokens - len(self.special)

    def feature_names(self, column: str) -> list[str]:
        """A name for each number of a row."""
        if self.output == "int":
            return [f"{column}[{i}]" for i in range(self.length)]
        known = [*self.special, *self.vocabulary] if self.vocabulary else []
        return [*(f"{column}={token}" for token in known), *(f"{column}[{i}]" for i in range(len(known), self.width))]
