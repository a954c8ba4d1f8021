"""What was fitted to the training rows of one column, as `data.json` has it: its scale, its words or its free texts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from nnrun.experiment.experiment import Scaling
from nnrun.experiment.text_encoding import Standardize, TextEncoding, TextOutput
from nnrun.experiment.word_encoding import WordEncoding
from nnrun.runs.vocabulary_file import Vocabulary

if TYPE_CHECKING:
    from nnrun.data.dataset import Array, ColumnScale

Count = Annotated[int, msgspec.Meta(ge=1, le=100_000_000)]


class ScaleRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is done to the numbers of a column, one by one: scaled = (log(clip(x)) - offset) * factor.

    Args:
        offset: what is subtracted.
        factor: what is multiplied with; never 0.
        low: the smallest numbers; null for a number without a limit; none where nothing is clipped.
        high: the largest numbers, likewise.
        log: of which numbers the natural logarithm is taken; none where of none.
        fill: what stands for missing numbers; none where none may be missing.
        scaling: what offset and factor are: mean and deviation, minimum and range, or median and quartiles' range.
    """

    offset: tuple[float, ...]
    factor: tuple[float, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    log: tuple[bool, ...] = ()
    fill: tuple[float, ...] = ()
    scaling: Scaling = "none"


class WordRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the texts of a column become numbers, as in `WordEncoding`."""

    kind: Literal["onehot", "integer", "hash"]
    size: Count
    words: tuple[str, ...] = ()
    other: bool = False
    missing: bool = False

    @property
    def encoding(self) -> WordEncoding:
        """The encoding itself."""
        return WordEncoding(self.kind, self.size, self.words, self.other, self.missing)


class TextRecord(msgspec.Struct, frozen=True):
    """How a column of free texts becomes numbers, as in `TextEncoding`; its vocabulary is in a file of its own."""

    max_tokens: Count
    length: Count
    output: TextOutput
    standardize: Standardize
    ngrams: Count
    tokens: int

    def encoding(self, vocabulary: Vocabulary) -> TextEncoding:
        """The encoding itself."""
        settings = (self.max_tokens, self.length, self.output, self.standardize, self.ngrams)
        return TextEncoding(*settings, vocabulary.tokens, vocabulary.weights)


def text_record(encoding: TextEncoding) -> TextRecord:
    """The record of how free texts become numbers."""
    settings = (encoding.max_tokens, encoding.length, encoding.output, encoding.standardize, encoding.ngrams)
    return TextRecord(*settings, len(encoding.vocabulary))


def word_record(encoding: WordEncoding) -> WordRecord:
    """The record of how texts become numbers."""
    return WordRecord(encoding.kind, encoding.size, encoding.words, encoding.other, encoding.missing)


def scale_record(scale: ColumnScale, scaling: Scaling) -> ScaleRecord:
    """The record of what is done to numbers.

    Args:
        scale: what is done.
        scaling: the kind of its offset and factor.
    """

    def plain(values: Array | None) -> tuple[Any, ...]:
        return () if values is None else tuple(values.ravel().tolist())

    def limits(values: Array | None) -> tuple[float | None, ...]:
        return tuple(end if math.isfinite(end) else None for end in plain(values))

    low, high = limits(scale.low), limits(scale.high)
    return ScaleRecord(
        plain(scale.offset), plain(scale.factor), low, high, plain(scale.log), plain(scale.fill), scaling
    )
