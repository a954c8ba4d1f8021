"""What IMDB and Reuters have in common: texts as lists of the ranks of their words, cut or padded to one length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nnrun.data.dataset import Array, Part, as_column
from nnrun.data.generators.generator import GeneratorArguments, JsonSchema, integer
from nnrun.data.generators.tokens import TOKENS
from nnrun.experiment.columns import Column, Columns

if TYPE_CHECKING:
    import numpy as np

# As in `keras.datasets`: 0 pads, 1 begins a text, 2 stands for a word that is left out, the words follow.
_START, _LEFT_OUT, _FIRST_WORD = 1, 2, 3
SEED = 113  # of the order of the rows in `keras.datasets`


def text_arguments(rows: int) -> Mapping[str, JsonSchema]:
    """The schemas of the arguments of a set of texts with so many training rows."""
    ends = ["pre", "post"]
    return {
        "samples": integer(
            "Take this many rows for training and validation, from the first on; the test set stays whole.",
            rows,
            maximum=rows,
        ),
        "num_words": integer(
            "Tokens are below this number: 0 pads, 1 begins a text, 2 is a rarer word, and the frequent words follow.",
            10_000,
            minimum=4,
            maximum=100_000,
        ),
        "maxlen": integer("The number of tokens of a text; others are cut or padded.", 200, maximum=2500),
        "padding": {
            "description": "Where a short text is padded with 0: pre, before it, or post, after it.",
            "enum": ends,
            "default": "pre",
        },
        "truncating": {
            "description": "Where a long text is cut: pre, at its beginning, or post, at its end.",
            "enum": ends,
            "default": "pre",
        },
    }


def text_columns(given: GeneratorArguments, target: str, classes: Sequence[str]) -> Columns:
    """The columns `tokens` and `target`."""
    tokens = Column(TOKENS, given["maxlen"], extent=(0, given["num_words"] - 1))
    label = Column(target, categories=tuple(classes), is_label=True)
    return Columns((tokens,), (label,), given["samples"], len(classes), own_test=True)


def text_part(given: GeneratorArguments, texts: Array, labels: Array, target: str) -> Part:
    """Texts, lists of the ranks of their words from 1 on (rows,), and their labels (rows,) as columns."""
    import numpy as np

    length, most = given["maxlen"], given["num_words"]
    tokens = np.zeros((len(texts), length), np.float32)  # (rows, maxlen)
    for row, ranks in zip(tokens, texts, strict=True):
        words = np.array([_START, *(rank + _FIRST_WORD for rank in ranks)])
        words = words[-length:] if given["truncating"] == "pre" else words[:length]
        words[words >= most] = _LEFT_OUT
        row[slice(-len(words), None) if given["padding"] == "pre" else slice(len(words))] = words
    return Part({TOKENS: tokens}, {target: as_column(labels, "int32")})


def shuffled(rng: np.random.RandomState, texts: Array, labels: Array) -> tuple[Array, Array]:
    """Texts and labels, each (rows,), in the order of `keras.datasets`."""
    import numpy as np

    order = np.arange(len(texts))
    rng.shuffle(order)
    return texts[order], labels[order]
