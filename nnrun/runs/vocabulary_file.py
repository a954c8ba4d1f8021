"""The vocabulary of a run's texts, `vocabulary.txt`: a token a line, the most frequent ones first."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec

from nnrun.errors import Problem, StorageError
from nnrun.experiment.text.regular_file import read_regular
from nnrun.experiment.text_encoding import TextEncoding
from nnrun.runs import layout
from nnrun.runs.storage_errors import storage_errors

_MOST_BYTES = 2**30


class Vocabulary(msgspec.Struct, frozen=True):
    """Tokens.

    Args:
        tokens: the tokens, without those for padding and for unknown ones.
        weights: of each its inverse document frequency, where the texts are weighted by it.
    """

    tokens: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()


def vocabulary_text(encoding: TextEncoding) -> str:
    """The content of the file: a token a line, and behind a tab its weight, if it has one."""
    if not encoding.weights:
        return "".join(f"{token}\n" for token in encoding.vocabulary)
    pairs = zip(encoding.vocabulary, encoding.weights, strict=True)
    return "".join(f"{token}\t{weight!r}\n" for token, weight in pairs)


def read_vocabulary(folder: Path) -> Vocabulary:
    """The vocabulary of the run in `folder`.

    Raises:
        StorageError: the file cannot be read, or is damaged.
    """
    path = folder / layout.VOCABULARY
    with storage_errors("read", path):
        content = read_regular(path, _MOST_BYTES, folder)
    try:
        lines = [line.split("\t") for line in content.decode().split("\n")[:-1]]
        weights = tuple(float(line[1]) for line in lines if len(line) > 1)
    except ValueError as error:
        raise StorageError(Problem(f"{path} is damaged: {error}.")) from error
    if len(weights) not in (0, len(lines)) or not all(map(math.isfinite, weights)):
        raise StorageError(Problem(f"{path} is damaged: not every token has a weight."))
    return Vocabulary(tuple(line[0] for line in lines), weights)
