"""Raw input columns as numbers in the data's own units: missing cells filled in, texts encoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nnrun.data.dataset import Array, Part
from nnrun.data.preparation.columns import prepared_columns
from nnrun.data.preparation.missing import fill_missing, fit_fill, missing_rows
from nnrun.data.preparation.texts import encode_texts
from nnrun.data.preparation.token_counts import fit_texts
from nnrun.data.preparation.words import encode_codes, fit_words
from nnrun.errors import ExperimentError, Problem
from nnrun.experiment.column_steps import ColumnSteps
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.text_encoding import TextEncoding


def fit_column(column: Column, generated: Column, values: Array, steps: ColumnSteps) -> Column:
    """An input column with what its training rows tell: its vocabulary, its most frequent words, what fills its gaps.

    Args:
        column: the column as the network takes it.
        generated: the same as the generator makes it.
        values: its raw training rows, (rows, ...).
        steps: what is done to it.
    """
    if column.text:
        return with_vocabulary(column, fit_texts(column.text, values[:, 0].tolist()))
    if column.categories:
        found = fit_words(column.word_encoding, generated, values)
        return column if found == column.word_encoding else replace(column, encoding=found)
    fill = fit_fill(column.name, values, steps)
    if fill is None:
        return column
    return replace(column, fill=tuple(fill.ravel().tolist()), gaps=int(missing_rows(values).sum()))


def with_vocabulary(column: Column, fitted: TextEncoding) -> Column:
    """A column of free texts with their encoding, once it is fitted.

    Raises:
        ExperimentError: it has no token.
    """
    if not fitted.vocabulary:
        message = f'The column "{column.name}" has no word in the training set once its texts are standardized.'
        raise ExperimentError(Problem(message, hint="Set standardize: none."))
    return replace(column, text=fitted)


def encode_inputs(part: Part, columns: Columns) -> Part:
    """Raw rows with input columns as the saved model takes them: numbers in the data's own units.

    Args:
        part: raw rows.
        columns: the columns as the network takes them, fitted.
    """
    pairs = list(zip(columns.inputs, columns.generated.inputs, strict=True))
    found = {column.name: _encoded(column, before, part.inputs[column.name]) for column, before in pairs}
    texts = {column.name: part.inputs[column.name] for column, _ in pairs if column.text}
    return replace(part, inputs=part.inputs | found, texts=texts)


def encode_words(part: Part, columns: Sequence[Column]) -> Part:
    """One-hot encodes the text columns among the inputs of raw rows, a number for each text.

    Args:
        part: raw rows.
        columns: the input columns that the generator makes.
    """
    return encode_inputs(part, prepared_columns(Columns(tuple(columns))))


def _encoded(column: Column, generated: Column, values: Array) -> Array:
    if column.text:
        return encode_texts(column.text, values[:, 0].tolist())
    if column.categories:
        return encode_codes(column.word_encoding, generated, values)
    if not column.fill:
        return values
    fill = np.array(column.fill).reshape(values.shape[1:])
    return fill_missing(values, fill, indicator=column.has_indicator)
