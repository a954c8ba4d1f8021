"""What was fitted to the training rows, as a table for people: a row per column that was prepared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nnrun.errors import listed
from nnrun.experiment.word_encoding import MISSING, OTHER, WordEncoding
from nnrun.number_text import short
from nnrun.runs.data_record import ColumnRecord, DataRecord
from nnrun.runs.fitted_records import ScaleRecord

HEADER = ("column", "preparation", "fitted to the training set")
_MOST_WORDS = 12
_WORDS = {"onehot": "one-hot", "integer": "integer", "hash": "hash"}


def preparation_rows(record: DataRecord) -> list[tuple[str, str, str]]:
    """A row per column that was prepared: its name, what was done, and the numbers or words that were found.

    Args:
        record: the record of a run's data.

    Returns:
        The cells of each row, as `HEADER` names them; none where nothing was prepared. That missing numbers are filled
        in is left out of columns that had none.
    """
    fitted = [(each.name, [*_fitted(each, is_input=True)]) for each in record.inputs]
    fitted += [(each.name, [*_fitted(each, is_input=False)]) for each in record.targets]
    return [
        (name, ", ".join(step for step, _ in steps), "; ".join(found for _, found in steps if found))
        for name, steps in fitted
        if steps
    ]


def _fitted(column: ColumnRecord, *, is_input: bool) -> Iterator[tuple[str, str]]:
    """Each step of a column's preparation, in their order, with what was found for it."""
    if column.missing == "drop" or (column.missing != "refuse" and not column.categories and column.gaps != 0):
        fill = column.column.fill
        yield f"missing: {column.missing}", f"fill {_span(fill)}" if fill else ""
    if column.text:
        yield f"text: {column.text.output}", f"{column.text.tokens:,} tokens"
    elif column.categories and is_input:
        encoding = column.column.word_encoding
        yield f"words: {_WORDS[encoding.kind]}", _words(encoding)
    if column.scale:
        yield from _scaled(column.scale, 1 if column.column.has_indicator else column.width)
    if column.classes:
        yield "one-hot", _listed(column.categories) or f"{column.classes} classes"


def _words(encoding: WordEncoding) -> str:
    if encoding.kind == "hash":
        return f"{encoding.size} buckets{f', {MISSING}' * encoding.missing}"
    return _listed([*encoding.words, *[OTHER] * encoding.other, *[MISSING] * encoding.missing])


def _listed(words: Sequence[str]) -> str:
    return listed(words, _MOST_WORDS)


def _scaled(scale: ScaleRecord, count: int) -> Iterator[tuple[str, str]]:
    """The steps of numbers; `count` of them, without the one beside them that says whether the first was missing."""
    ends = [*zip(scale.low[:count], scale.high[:count], strict=True)]
    if limits := next(((low, high) for low, high in ends if low is not None and high is not None), None):
        yield "clip", f"limits {short(limits[0])} … {short(limits[1])}"
    log = any(scale.log[:count])
    if log:
        yield "log", ""
    if any(scale.offset[:count]) or any(factor != 1 for factor in scale.factor[:count]):
        found = _linear(scale, count)
        yield f"scale: {scale.scaling}", f"{found} of the logarithms" if log else found


_NAMES = {"standard": ("mean", "std"), "robust": ("median", "IQR"), "minmax": ("min", "max")}


def _linear(scale: ScaleRecord, count: int) -> str:
    """The two numbers of a scale; constant columns are divided by 1, which is not their deviation or range."""
    offsets, divisors = scale.offset[:count], [1 / factor for factor in scale.factor[:count]]
    first, second = _NAMES.get(scale.scaling, ("subtracted", "divided by"))
    if 1 in divisors:
        second = "divided by"
    elif scale.scaling == "minmax":
        divisors = [low + spread for low, spread in zip(offsets, divisors, strict=True)]
    return f"{first} {_span(offsets)}, {second} {_span(divisors)}"


def _span(numbers: Sequence[float]) -> str:
    """A number, or the smallest and the largest of several."""
    low, high = short(min(numbers)), short(max(numbers))
    return low if low == high else f"{low} … {high}"
