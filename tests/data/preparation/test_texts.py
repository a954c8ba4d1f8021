"""Texts become the numbers that Keras's `TextVectorization` makes of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnrun.data.preparation.texts import encode_texts, split_text
from nnrun.data.preparation.token_counts import fit_texts
from nnrun.experiment.text_encoding import TextEncoding

TEXTS = ["The cat, the dog!", "A cat; and\ta\nMOUSE", "cat's dog-house ÄÖÜ äöü", "dog", "…"]
WORDS = st.sampled_from(
    ["cat", "Dog", "Ünder", "über", "[UNK]", "a.b", "'", "日本", "x\u2028y", "e\u0301", "\x1f", "\xa0"]
)
BLANKS = st.sampled_from([" ", "  ", "\t", "\n", "\x0b", "\x0c", "\r\n"])
WRITTEN = st.lists(st.one_of(WORDS, BLANKS, st.text(max_size=5)), min_size=1, max_size=12).map("".join)
DOCUMENTS = st.lists(WRITTEN.filter(lambda text: "\x00" not in text), min_size=1, max_size=6)
OUTPUTS = ("int", "multi_hot", "count", "tf_idf")


def test_a_text_is_split_at_whitespace_without_punctuation() -> None:
    assert split_text(TextEncoding(10), "The cat's  WAY, of\tlife.") == ["the", "cats", "way", "of", "life"]
    assert split_text(TextEncoding(10, standardize="none"), "A b, C") == ["A", "b,", "C"]
    assert split_text(TextEncoding(10, ngrams=2), "a b c") == ["a", "b", "c", "a b", "b c"]
    assert split_text(TextEncoding(10), "ÄB é") == ["Äb", "é"]  # as in TensorFlow, other letters stay


def test_the_most_frequent_tokens_are_the_vocabulary_those_that_sort_last_first() -> None:
    found = fit_texts(TextEncoding(5), ["b a", "c a", "b d"])
    assert found.vocabulary == ("b", "a", "d")
    assert encode_texts(found, ["a b z", ""])[:, :4].tolist() == [[3, 2, 1, 0], [0, 0, 0, 0]]


def test_an_output_per_token_counts_unknown_ones_first() -> None:
    texts = ["b a b", "a z"]
    for output, expected in [("multi_hot", [[0, 1, 1, 0], [1, 1, 0, 0]]), ("count", [[0, 1, 2, 0], [1, 1, 0, 0]])]:
        found = fit_texts(TextEncoding(4, output=output), ["a b", "a"])  # type: ignore[arg-type]
        assert encode_texts(found, texts).tolist() == expected


def test_rare_tokens_weigh_more() -> None:
    found = fit_texts(TextEncoding(5, output="tf_idf"), ["a b", "a"])
    assert found.weights == (np.float32(np.log(1 + 2 / 3)), np.float32(np.log(1 + 2 / 2)))


def check(texts: list[str], encoding: TextEncoding) -> None:
    """Holds vocabulary, weights and numbers against Keras's layer, adapted to the same texts."""
    import keras
    import tensorflow as tf

    layer = keras.layers.TextVectorization(
        max_tokens=encoding.max_tokens,
        standardize=None if encoding.standardize == "none" else encoding.standardize,
        ngrams=encoding.ngrams if encoding.ngrams > 1 else None,
        output_mode=encoding.output,
        output_sequence_length=encoding.length if encoding.output == "int" else None,
        pad_to_max_tokens=encoding.output != "int",
    )
    rows = tf.constant([text.encode() for text in texts])
    layer.adapt(rows)
    found = fit_texts(encoding, texts)
    assert layer.get_vocabulary(include_special_tokens=False) == list(found.vocabulary)
    numbers = np.asarray(layer(rows)).astype(np.float32)
    assert np.allclose(encode_texts(found, texts), numbers, rtol=1e-6, atol=0)


@pytest.mark.keras
@pytest.mark.parametrize("output", OUTPUTS)
def test_every_setting_is_that_of_the_layer(output: str) -> None:
    standards = ("none", "lower", "strip_punctuation", "lower_and_strip_punctuation")
    for standardize, (ngrams, most) in zip(standards, ((1, 6), (3, 50), (3, 6), (1, 50)), strict=True):
        check(TEXTS, TextEncoding(most, 4, output, standardize, ngrams))  # type: ignore[arg-type]


@pytest.mark.keras
@settings(max_examples=15, deadline=None)
@given(DOCUMENTS)
def test_any_texts_become_the_numbers_of_the_layer(texts: list[str]) -> None:
    encoding = TextEncoding(9, 6, ngrams=2)
    if fit_texts(encoding, texts).vocabulary:
        check(texts, encoding)
