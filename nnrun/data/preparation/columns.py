"""The columns as the network takes them, known before any row is generated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nnrun.experiment.column_steps import ColumnSteps, column_steps
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.word_encoding import WordEncoding


def prepared_columns(generated: Columns, data: Mapping[str, Any] | None = None) -> Columns:
    """The columns that the preparation makes of a generator's.

    Targets keep their width: `one_hot` is applied last.

    Args:
        generated: what the generator makes.
        data: the data settings as plain values, valid by the schema; by default nothing is prepared but texts.
    """
    data = data or {}
    inputs = tuple(_prepared(column, column_steps(data, column.name)) for column in generated.inputs)
    targets = tuple(
        replace(column, missing=column_steps(data, column.name, target=True).missing) for column in generated.targets
    )
    return replace(generated, inputs=inputs, targets=targets, raw=generated)


def _prepared(column: Column, steps: ColumnSteps) -> Column:
    if column.text:
        return replace(column, width=column.text.width, extent=column.text.extent)
    if column.categories:
        encoding = word_encoding(column, steps)
        plain = encoding == replace(column, encoding=None).word_encoding
        return replace(column, width=encoding.width, encoding=None if plain else encoding, missing=steps.missing)
    wider = steps.missing == "indicator" and column.shape == (1,)
    return replace(column, width=2 if wider else column.width, missing=steps.missing)


def word_encoding(column: Column, steps: ColumnSteps) -> WordEncoding:
    """How the texts of a column become numbers; without the most frequent ones, which the training rows tell.

    A missing cell has a position of its own under every policy but `refuse` and `drop`.

    Args:
        column: the column as the generator makes it.
        steps: what is done to it.
    """
    missing = steps.missing not in ("refuse", "drop")
    if steps.words == "hash":
        return WordEncoding("hash", steps.buckets, missing=missing)
    texts = column.categories
    if steps.max_words is None:
        return WordEncoding(steps.words, len(texts), texts, missing=missing)
    size = min(steps.max_words, len(texts))
    return WordEncoding(steps.words, size, texts if size == len(texts) else (), True, missing)
