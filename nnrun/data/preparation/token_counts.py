"""The vocabulary of texts, by counting their tokens.

Texts on disk may have more different tokens than memory holds. Counts that become too many are set down on disk, sorted
by their token, and are merged at the end: the vocabulary is the same.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nnrun.data.files.stored_cells import CellFile
from nnrun.data.preparation.texts import split_text
from nnrun.data.rows import plain_numbers
from nnrun.experiment.text_encoding import UNKNOWN, TextEncoding

_MOST = 2**19  # different tokens in memory, about 100 bytes each
_STEP = 2**16  # bytes that are read at a time


class CountedToken(NamedTuple):
    """A token, how often it occurs, and for `tf_idf` in how many texts."""

    token: str
    times: int
    texts: int


class TokenCounts:
    """Counts the tokens of texts that come some at a time.

    Args:
        encoding: how texts become tokens.
        folder: where counts are set down that become too many for the memory; None to hold all.
        most: how many different tokens are held, at most with those of one text more.
    """

    def __init__(self, encoding: TextEncoding, folder: Path | None = None, *, most: int = _MOST) -> None:
        self.encoding = encoding
        self._folder = folder
        self._most = most
        self._texts = 0
        self._counts: Counter[str] = Counter()
        self._texts_with: Counter[str] = Counter()
        self._set_down: list[Iterator[CountedToken]] = []
        self._file: CellFile | None = None

    def take(self, texts: Iterable[str]) -> None:
        """Takes some texts.

        Raises:
            StorageError: the disk is full.
        """
        for text in texts:
            tokens = split_text(self.encoding, text)
            self._texts += 1
            self._counts.update(tokens)
            if self.encoding.output == "tf_idf":
                self._texts_with.update(set(tokens))
            if self._folder is not None and len(self._counts) > self._most:
                self._file = self._file or CellFile(self._folder)
                self._write(self._file)

    def fit(self) -> TextEncoding:
        """The encoding with the most frequent tokens, as `TextVectorization.adapt` finds them.

        The weight of a token is log(1 + texts / (1 + texts that have it)).
        """
        tokens = (each for each in self._merged() if each.token != UNKNOWN)
        ranked = heapq.nlargest(self.encoding.most_words, tokens, key=lambda each: (each.times, each.token))
        fitted = replace(self.encoding, vocabulary=tuple(each.token for each in ranked))
        if self.encoding.output != "tf_idf":
            return fitted
        texts_with = np.array([each.texts for each in ranked], np.int64)  # (tokens,)
        weights = np.log(1 + self._texts / (1 + texts_with)).astype(np.float32)
        return replace(fitted, weights=tuple(plain_numbers(weights)))

    def _held(self) -> Iterator[CountedToken]:
        return (CountedToken(token, count, self._texts_with[token]) for token, count in self._counts.items())

    def _write(self, file: CellFile) -> None:
        """Sets down what is held. No token has a tab or a line end: texts are split there."""
        lines = (f"{token}\t{count}\t{texts}\n" for token, count, texts in sorted(self._held()))
        content = "".join(lines).encode()
        self._set_down.append(_read(file, file.append(memoryview(content)), len(content)))
        self._counts.clear()
        self._texts_with.clear()

    def _merged(self) -> Iterator[CountedToken]:
        """Every token once."""
        if not self._set_down:
            yield from self._held()
            return
        for token, equal in groupby(heapq.merge(*self._set_down, sorted(self._held())), attrgetter("token")):
            _, counts, texts = zip(*equal, strict=True)
            yield CountedToken(token, sum(counts), sum(texts))


def _read(file: CellFile, start: int, size: int) -> Iterator[CountedToken]:
    """Counts that were set down."""
    rest = b""
    for at in range(start, start + size, _STEP):
        *lines, rest = (rest + file.read(at, min(_STEP, start + size - at))).split(b"\n")
        for line in lines:
            token, count, texts = line.decode().split("\t")
            yield CountedToken(token, int(count), int(texts))


def fit_texts(encoding: TextEncoding, texts: Iterable[str]) -> TextEncoding:
    """The encoding with the vocabulary of some texts, the training rows."""
    counts = TokenCounts(encoding)
    counts.take(texts)
    return counts.fit()
