"""The model of a run on texts as one that takes the texts themselves."""

from __future__ import annotations

import keras
import numpy as np

from nnrun.data.dataset import Array
from nnrun.data.preparation.texts import encode_texts
from nnrun.experiment.columns import Column
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.text_encoding import TextEncoding

_ROWS, _WORDS = 16, 5


def text_column(experiment: Experiment) -> Column | None:
    """The column of texts that is the only input of a network, or None."""
    column = experiment.columns.inputs[0]
    return column if column.text and len(experiment.columns.inputs) == len(experiment.inputs) == 1 else None


def with_texts(model: keras.Model, encoding: TextEncoding) -> keras.Model:
    """The model behind a `TextVectorization` with the vocabulary of the training.

    Args:
        model: takes the numbers of texts, (rows, width).
        encoding: how texts become numbers, fitted.

    Returns:
        A model that takes texts, (rows, 1).
    """
    layer = keras.layers.TextVectorization(
        max_tokens=encoding.max_tokens,
        standardize=None if encoding.standardize == "none" else encoding.standardize,
        ngrams=encoding.ngrams if encoding.ngrams > 1 else None,
        output_mode=encoding.output,
        output_sequence_length=encoding.length if encoding.output == "int" else None,
        pad_to_max_tokens=encoding.output != "int",
        vocabulary=list(encoding.vocabulary),
        idf_weights=list(encoding.weights) if encoding.weights else None,
    )
    entry = keras.Input((1,), dtype="string", name=model.inputs[0].name)
    # Keras declares an axis of 1 for outputs other than int, which the layer does not return.
    numbers = keras.ops.reshape(layer(entry), (-1, encoding.width))
    numbers = keras.ops.cast(numbers, model.inputs[0].dtype)
    return keras.Model(entry, model(numbers), name=f"{model.name}_with_texts")


def made_up_texts(encoding: TextEncoding) -> tuple[Array, Array]:
    """Some texts of words of the vocabulary, objects, (rows, 1), and their numbers, (rows, width)."""
    rng = np.random.default_rng(0)
    rows = [" ".join(rng.choice(encoding.vocabulary, _WORDS)) for _ in range(_ROWS)]
    return np.array(rows, object).reshape(-1, 1), encode_texts(encoding, rows)
