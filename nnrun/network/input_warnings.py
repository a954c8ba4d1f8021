"""Columns of a file of which little can be learned, known from their texts and the range of their numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator

from nnrun.data.files.dates import are_dates
from nnrun.errors import Problem, shown
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.data_generators import WITH_DATES
from nnrun.experiment.experiment import Component
from nnrun.network.wiring import Graph

_BITS = 24  # of a number of 32 bits that are its digits
_LEAST = 2.0**-149  # number above 0
_FEW = 256  # different numbers within the range of a column
_MULTIPLYING = frozenset({"Dense", "EinsumDense", "BatchNormalization", "LayerNormalization", "Normalization"})
_FEWEST = 10  # rows that are all different by more than chance


def find_input_warnings(columns: Columns, generator: Component) -> Iterator[Problem]:
    """A warning for each input that has another text in every row, so that no row says anything of another one.

    Args:
        columns: the columns of the data.
        generator: it names the file.
    """
    for column in columns.generated.inputs if columns.files else ():
        if is_different_in_every_row(column, columns):
            message = f'The input "{column.name}" has another text in each of the {columns.samples} rows.'
            example = f"One is {shown(column.categories[0])}."
            hint = "Leave the column out by naming the others in inputs"
            are_known = generator.name in WITH_DATES and are_dates(column.categories)
            dates = f"; dates become numbers with dates: {{{column.name}: number}}" * are_known
            yield Problem(f"{message} {example}", generator.place_of("path"), f"{hint}{dates}.")


def find_coarse_warnings(columns: Columns, generator: Component) -> Iterator[Problem]:
    """A warning for each column of a file of whose numbers 32 bits tell few apart, such as seconds since 1970.

    Args:
        columns: the columns of the data.
        generator: it names the file.
    """
    for name, (low, high) in columns.generated.extents.items():
        size = max(abs(low), abs(high))
        step = max(_LEAST, 2.0 ** (math.frexp(size)[1] - _BITS))  # between two numbers of 32 bits
        count = int((high - low) / step) + 1
        if low < high and count < _FEW:
            between = f'The numbers of the column "{name}" go from {low:.12g} to {high:.12g}'
            message = f"{between}; 32 bits, which networks take, have {count} different ones there."
            shifted = f"Subtract a number such as {low:.12g} from the column in the file."
            hint = "Write the column in a smaller unit." if step == _LEAST else shifted
            yield Problem(message, generator.place_of("path"), hint)


def find_token_warnings(graph: Graph, columns: Columns) -> Iterator[Problem]:
    """A warning for each layer that multiplies the numbers of tokens, which say which word it is and not how much.

    Args:
        graph: the wired layers.
        columns: the columns as the network takes them.
    """
    texts = {column.name: column.text for column in columns.inputs if column.text and column.text.output == "int"}
    tokens = {each.name: texts[name] for each in graph.inputs for name in each.columns if name in texts}
    for layer in graph.layers:
        taken = next((tokens[name] for name in layer.inputs if name in tokens), None)
        if taken is not None and layer.component.name in _MULTIPLYING:
            message = f'The layer "{layer.name}" ({layer.component.name}) takes the numbers of words for quantities.'
            embedding = f"{{Embedding: {{input_dim: {taken.max_tokens}, output_dim: 16}}}}, GlobalAveragePooling1D"
            hint = f"Write before it: {embedding}; or add to the arguments of text: output: multi_hot"
            yield Problem(message, layer.component.place, hint)


def is_different_in_every_row(column: Column, columns: Columns) -> bool:
    """Whether a column has another text in every row, of so many that this is no chance."""
    return columns.samples is not None and len(column.categories) == columns.samples >= _FEWEST
