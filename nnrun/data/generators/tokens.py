"""What the sequences have in common: tokens as integers or one-hot vectors, and a label for each step."""

from __future__ import annotations

from nnrun.data.dataset import Array, as_column
from nnrun.data.generators.generator import GeneratorArguments, JsonSchema
from nnrun.experiment.columns import Column

TOKENS = "tokens"


def encoding(length: str, vocabulary: str) -> JsonSchema:
    """The schema of how tokens are written, given the length of a sequence and the number of tokens in words."""
    return {
        "description": f"How a sequence is written: integer, the numbers of its tokens, of the shape ({length},), for "
        f"Embedding; or one_hot, a vector for each token, of the shape ({length}, {vocabulary}).",
        "enum": ["integer", "one_hot"],
        "default": "integer",
    }


def token_column(given: GeneratorArguments, length: int, vocabulary: int) -> Column:
    """The input column of sequences of tokens from 0 to vocabulary - 1."""
    if given["encoding"] == "one_hot":
        return Column(TOKENS, length * vocabulary, (length, vocabulary))
    return Column(TOKENS, length, extent=(0, vocabulary - 1))


def token_inputs(given: GeneratorArguments, tokens: Array, vocabulary: int) -> dict[str, Array]:
    """Tokens (rows, length) as the input column, (rows, length) or (rows, length, vocabulary)."""
    import numpy as np

    if given["encoding"] == "one_hot":
        return {TOKENS: np.equal(tokens[..., None], np.arange(vocabulary)).astype(np.float32)}
    return {TOKENS: tokens.astype(np.float32)}


def step_columns(length: int, classes: int) -> tuple[Column, ...]:
    """The target columns y1, y2, …: a label from 0 to classes - 1 for each step."""
    return tuple(Column(f"y{step}", is_label=True, extent=(0, classes - 1)) for step in range(1, length + 1))


def step_targets(labels: Array) -> dict[str, Array]:
    """Labels (rows, length) as the target columns."""
    return {f"y{step}": as_column(values, "int32") for step, values in enumerate(labels.T, start=1)}
