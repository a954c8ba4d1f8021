"""A model behind Keras's layer for texts predicts what it predicts for their numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnrun.data.preparation.token_counts import fit_texts
from nnrun.experiment.text_encoding import TextEncoding

TEXTS = ["A good, good film", "Bad film!", "so good", "so bad, so"]


@pytest.mark.keras
@pytest.mark.parametrize("output", ["int", "multi_hot", "count", "tf_idf"])
def test_the_saved_model_takes_texts(tmp_path: Path, output: str) -> None:
    import keras
    import tensorflow as tf

    from nnrun.export.text_input import made_up_texts, with_texts

    encoding = fit_texts(TextEncoding(9, 4, output, ngrams=2), TEXTS)  # type: ignore[arg-type]
    model = keras.Sequential([keras.Input((encoding.width,)), keras.layers.Dense(2)])
    with_texts(model, encoding).save(tmp_path / "it.keras")
    texts, numbers = made_up_texts(encoding)
    found = keras.models.load_model(tmp_path / "it.keras")(tf.constant(texts))
    assert np.allclose(found, model(numbers), rtol=1e-6)
