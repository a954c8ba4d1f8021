"""Texts as the numbers that a network takes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nnrun.data.class_labels import one_hot
from nnrun.data.dataset import Array, as_column
from nnrun.experiment.columns import Column
from nnrun.experiment.word_encoding import WordEncoding


def fit_words(encoding: WordEncoding, column: Column, codes: Array) -> WordEncoding:
    """Finds the words with a position of their own: the most frequent ones in the training rows.

    Of equally frequent words the first ones in sorted order are taken.

    Args:
        encoding: how the texts of the column become numbers.
        column: the column as the generator makes it.
        codes: its training rows, int32 (rows, 1), -1 where the text is missing.

    Returns:
        The encoding with its words in sorted order.
    """
    if encoding.is_fitted:
        return encoding
    return most_frequent(encoding, column, np.bincount(codes[codes >= 0], minlength=len(column.categories)))


def most_frequent(encoding: WordEncoding, column: Column, counts: Array) -> WordEncoding:
    """The same from the number of training rows that have each text, (categories,)."""
    if encoding.is_fitted:
        return encoding
    kept = np.sort(np.argsort(-counts, kind="stable")[: encoding.size])
    return replace(encoding, words=tuple(column.categories[code] for code in kept))


def encode_codes(encoding: WordEncoding, column: Column, codes: Array) -> Array:
    """The numbers of a text column.

    Args:
        encoding: how texts become numbers, fitted.
        column: the column as the generator makes it.
        codes: int32 (rows, 1), -1 where the text is missing.

    Returns:
        float32, (rows, width of the encoding).
    """
    table = np.array([encoding.position(text) for text in column.categories] + [encoding.missing_position or 0])
    return encode_positions(encoding, table[codes[:, 0]])


def encode_positions(encoding: WordEncoding, positions: Array) -> Array:
    """The numbers of a text column from the positions of its texts, (rows,); float32, (rows, width)."""
    if encoding.kind == "integer":
        return as_column(positions)
    return one_hot(as_column(positions, "intp"), encoding.positions)


def are_texts(column: Column, numbers: Array) -> bool:
    """Whether numbers are those of texts: points to predict can be given as any numbers.

    Args:
        column: a text column as the network takes it.
        numbers: (rows, width).
    """
    encoding = column.word_encoding
    if encoding.kind == "integer":
        return bool(np.isin(numbers, np.arange(encoding.positions)).all())
    return bool(np.isin(numbers, (0, 1)).all() and (numbers.sum(axis=1) == 1).all())


def texts_of(column: Column, numbers: Array) -> list[str]:
    """The texts that the numbers of a prepared text column stand for.

    Args:
        column: the column as the network takes it.
        numbers: (rows, width).
    """
    encoding = column.word_encoding
    positions = numbers[:, 0] if encoding.kind == "integer" else numbers.argmax(axis=1)
    return [encoding.text_at(int(position)) for position in positions]
