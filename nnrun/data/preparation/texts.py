"""Texts as the numbers that `keras.layers.TextVectorization` makes of them, without TensorFlow.

The data are prepared before TensorFlow is loaded, and by commands that never load it. So the rules of the layer are
repeated here, and a test holds the result against it: ASCII letters alone are lowered, ASCII punctuation is removed,
texts are split at ASCII whitespace. `token_counts` finds the vocabulary: of equally frequent tokens the one that sorts
last comes first.
"""

from __future__ import annotations

import string
from collections.abc import Sequence

import numpy as np

from nnrun.data.dataset import Array
from nnrun.experiment.text_encoding import TextEncoding

_LOWER: dict[int, str | None] = {ord(letter): letter.lower() for letter in string.ascii_uppercase}
_STRIP: dict[int, str | None] = dict.fromkeys(map(ord, string.punctuation))
_STANDARDIZE: dict[str, dict[int, str | None]] = {
    "none": {},
    "lower": _LOWER,
    "strip_punctuation": _STRIP,
    "lower_and_strip_punctuation": _LOWER | _STRIP,
}
_WHITESPACE = str.maketrans("\t\n\v\f\r", " " * 5)


def split_text(encoding: TextEncoding, text: str) -> list[str]:
    """The tokens of a text: its words, and behind them the pairs of words, triples, … where `ngrams` says so.

    Args:
        encoding: how texts become numbers.
        text: the text.
    """
    words = [
        word for word in text.translate(_STANDARDIZE[encoding.standardize]).translate(_WHITESPACE).split(" ") if word
    ]
    tokens = list(words)
    for width in range(2, encoding.ngrams + 1):
        tokens += [" ".join(words[i : i + width]) for i in range(len(words) - width + 1)]
    return tokens


def encode_texts(encoding: TextEncoding, texts: Sequence[str]) -> Array:
    """The numbers of texts.

    Args:
        encoding: how texts become numbers, fitted.
        texts: one for each row.

    Returns:
        float32, (rows, width of the encoding).
    """
    first = len(encoding.special)
    positions = {token: first + i for i, token in enumerate(encoding.vocabulary)}
    unknown = first - 1
    numbers = np.zeros((len(texts), encoding.width), np.float32)
    for row, text in zip(numbers, texts, strict=True):
        found = np.array([positions.get(token, unknown) for token in split_text(encoding, text)], np.intp)
        if encoding.output == "int":
            kept = found[: encoding.length]
            row[: len(kept)] = kept
        elif encoding.output == "multi_hot":
            row[found] = 1
        else:
            np.add.at(row, found, 1)
    return numbers * _token_weights(encoding) if encoding.output == "tf_idf" else numbers


def _token_weights(encoding: TextEncoding) -> Array:
    """The weight of each position, float32 (max_tokens,): that of an unknown token is the mean of all."""
    weights = np.zeros(encoding.max_tokens, np.float32)
    known = np.array(encoding.weights)
    weights[0] = known.mean() if known.size else 0
    weights[1 : 1 + len(known)] = known
    return weights
