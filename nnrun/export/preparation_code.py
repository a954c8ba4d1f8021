"""The columns of data, prepared one by one as `data.prepare` says, as code of NumPy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nnrun.experiment.column_steps import ColumnSteps
from nnrun.experiment.columns import Column
from nnrun.export.python_text import Variables, comment, listed_code, number, statement, text
from nnrun.runs.data_record import ColumnRecord

_FILLS = {
    "mean": "the mean of the training samples",
    "indicator": "the mean of the training samples, and a second number tells that it was missing",
    "median": "the median of the training samples",
    "constant": "a constant",
}
_SCALES = {
    "standard": "mean 0 and standard deviation 1 in the training samples",
    "minmax": "from 0 to 1 in the training samples",
    "robust": "median 0 and interquartile range 1 in the training samples",
}


@dataclass(frozen=True)
class PreparedColumn:
    """A column and what is done to it, with the names of the variables that hold what is fitted.

    Args:
        column: the column as the network takes it, with all that was fitted.
        steps: what is done to it.
        is_scaled: whether its numbers are scaled.
        constant: whether it is the same in every training sample.
        offset: the variable of what is subtracted.
        spread: the variable of what is divided by.
    """

    column: Column
    steps: ColumnSteps
    is_scaled: bool
    constant: bool
    offset: str = field(default="")
    spread: str = field(default="")

    @property
    def key(self) -> str:
        """Its name as code."""
        return text(self.column.name)

    @property
    def has_numbers(self) -> bool:
        """Whether it has numbers that clipping and logarithms are for."""
        return not self.column.categories

    def shown(self, values: str, *, wide: bool = False) -> str:
        """Values clipped and as logarithms, as nnrun computes them.

        Args:
            values: their expression.
            wide: whether they have 64 bits already.
        """
        if not self.has_numbers:
            return values
        if not wide and (self.steps.clip or self.column.fill):
            values = f'{values}.astype("float64")'
        if self.steps.clip:
            values = f"np.clip({values}, {', '.join(repr(float(end)) for end in self.steps.clip)})"
        return f"np.log({values})" if self.steps.log else values

    def applied(self, values: str) -> str:
        """Encoded values as the network takes them."""
        if self.column.has_indicator and self._changes:
            return f"np.concatenate([{self._applied(f'{values}[:, :1]')}, {values}[:, 1:]], axis=1)"
        return self._applied(values)

    @property
    def _changes(self) -> bool:
        return self.is_scaled or (self.has_numbers and bool(self.steps.clip or self.steps.log))

    def _applied(self, values: str) -> str:
        if self.is_scaled:
            return f"scaled({self.shown(values)}, {self.offset}, {self.spread})"
        return f'{self.shown(values)}.astype("float32")' if self._changes else values

    def restored(self, predicted: str) -> str:
        """Predictions of a target in the data's own units."""
        if self.is_scaled:
            predicted = f"{predicted} * {self.spread} + {self.offset}"
        return f"np.exp({predicted})" if self.steps.log else predicted


def prepared_column(
    record: ColumnRecord, steps: ColumnSteps, variables: Variables, *, scaled: bool = True
) -> PreparedColumn:
    """A column of a run and what was done to it.

    Args:
        record: the column as the run has recorded it.
        steps: what was done to it.
        variables: the names of the program.
        scaled: whether it can be scaled: no target that is a class label.
    """
    is_scaled = scaled and steps.scale != "none" and record.scale is not None
    constant = record.scale is not None and 1.0 in record.scale.factor
    names = [variables.take(f"{record.name}_{what}") for what in ("offset", "spread")] if is_scaled else ["", ""]
    return PreparedColumn(record.column, steps, is_scaled, constant, *names)


def preparation_lines(inputs: Sequence[PreparedColumn], targets: Sequence[PreparedColumn]) -> list[str]:
    """The code that prepares the columns of every part; each part is a mapping from the name of a column.

    Args:
        inputs: the input columns.
        targets: the target columns.
    """
    lines: list[str] = []
    for each in inputs:
        for block in (_words(each) if each.column.categories else _filled(each), _scaled(each)):
            lines += ["", *block] if block else []
    for each in targets:
        block = _scaled(each)
        lines += ["", *block] if block else []
    return lines


def _filled(each: PreparedColumn) -> list[str]:
    if each.steps.missing not in _FILLS:
        return []
    key, steps = each.key, each.steps
    values = f'training[{key}].astype("float64")'
    statistic = "nanmedian" if steps.missing == "median" else "nanmean"
    fill = number(steps.constant) if steps.missing == "constant" else f"np.{statistic}({values}, axis=0)"
    lines = [comment(f"{each.column.name}: a missing number becomes {_FILLS[steps.missing]}."), f"fill = {fill}"]
    lines.append("for part in parts:")
    filled = f"np.where(gaps, fill, part[{key}])"
    lines.append(f"    gaps = np.isnan(part[{key}])")
    if each.column.has_indicator:
        filled = f"np.concatenate([{filled}, gaps], axis=1)"
    return [*lines, f'    part[{key}] = {filled}.astype("float32")']


def _words(each: PreparedColumn) -> list[str]:
    """The code that makes numbers of the texts of a column."""
    key, encoding = each.key, each.column.word_encoding
    if encoding.kind == "hash":
        found = f'int.from_bytes(sha256(str(cell).encode()).digest()[:8], "big") % {encoding.size}'
        lines = [comment(f"{each.column.name}: texts fall into {encoding.size} buckets.")]
    else:
        words = listed_code(map(text, encoding.words))
        lines = [comment(f"{each.column.name}: the position of each text{_rest(encoding.other)}.")]
        lines += statement("names = ", words)
        lines += ["positions = {name: i for i, name in enumerate(names)}"]
        found = f"positions.get(str(cell), {encoding.size})" if encoding.other else "positions[str(cell)]"
    if encoding.missing:
        found = f"{found} if cell else {encoding.missing_position}"
    lines += ["for part in parts:", f"    found = [[{found}] for cell in part[{key}][:, 0]]"]
    if encoding.kind == "integer":
        return [*lines, f'    part[{key}] = np.array(found, "float32")']
    return [*lines, f'    part[{key}] = np.equal(found, np.arange({encoding.positions})).astype("float32")']


def _rest(other: bool) -> str:
    return " among the most frequent ones in the training samples, then one for all others" if other else ""


def _scaled(each: PreparedColumn) -> list[str]:
    """The code that clips, takes logarithms and scales."""
    if each.applied("values") == "values":
        return []
    done = []
    if each.has_numbers:
        done += ["clipped from {:g} to {:g}".format(*each.steps.clip)] if each.steps.clip else []
        done += ["as logarithm"] if each.steps.log else []
    done += [f"scaled: {_SCALES[each.steps.scale]}"] if each.is_scaled else []
    lines = [comment(f"{each.column.name}: {', then '.join(done)}.")]
    lines += [*_fitted(each)] if each.is_scaled else []
    return [*lines, "for part in parts:", f"    part[{each.key}] = {each.applied(f'part[{each.key}]')}"]


def _fitted(each: PreparedColumn) -> Iterator[str]:
    """The code that fits the scale to the training samples."""
    first = "[:, :1]" if each.column.has_indicator else ""
    values = each.shown(f'training[{each.key}]{first}.astype("float64")', wide=True)
    yield f"values = {values}"
    offset, spread, low = each.offset, each.spread, "values.min(axis=0)"
    if each.steps.scale == "robust":
        yield f"low, {offset}, high = np.percentile(values, [25, 50, 75], axis=0)"
        yield f"{spread} = np.where(low == high, 1, high - low)"
        return
    if each.steps.scale == "standard":
        yield f"{offset}, {spread} = values.mean(axis=0), values.std(axis=0)"
    else:
        yield f"{offset}, {spread} = {low}, np.ptp(values, axis=0)"
    if each.constant:
        yield f"constant = {low} == values.max(axis=0)"
        yield f"{offset}, {spread} = np.where(constant, {low}, {offset}), np.where(constant, 1, {spread})"


def balance_lines(balance: str, key: str, weight: str) -> list[str]:
    """The code that balances the classes of the training samples.

    Args:
        balance: the method, one of `column_steps.Balance`.
        key: the name of the target as code.
        weight: the same of the weights of the samples, which may not be there yet.
    """
    count = [f'label = training[{key}][:, 0].astype("int64")']
    if balance == "weights":
        return [
            "",
            "# Each class has the same weight in all.",
            *count,
            "names, row, count = np.unique(label, return_inverse=True, return_counts=True)",
            'by_class = (len(label) / (len(names) * count)).astype("float32")',
            f"training[{weight}] = training.get({weight}, np.float32(1)) * by_class[row]",
        ]
    lines = [
        "",
        "# Each class has as many samples as the "
        + ("largest one; some are repeated." if balance == "oversample" else "smallest one."),
        "rng = np.random.default_rng([seed, 3])",
        *count,
        "names, count = np.unique(label, return_counts=True)",
        "block = [np.flatnonzero(label == name) for name in names]",
    ]
    if balance == "undersample":
        drawn = "[rng.choice(group, count.min(), replace=False) for group in block]"
        lines.append(f"rows = np.sort(np.concatenate({drawn}))")
    else:
        lines.append("drawn = [rng.choice(group, count.max() - len(group)) for group in block]")
        lines.append("rows = np.concatenate([np.arange(len(label)), *drawn])")
    return [*lines, "training.update({name: values[rows] for name, values in training.items()})"]


def gap_lines(dropped: Mapping[str, str]) -> list[str]:
    """The code that leaves out samples with a missing cell.

    Args:
        dropped: of each column that leaves its sample out, its name and what it has: `numbers`, `texts` or `labels`.
    """
    tests = {
        "numbers": "np.isnan(part[{key}]).reshape(len(part[{key}]), -1).any(axis=1)",
        "texts": '(part[{key}][:, 0] == "")',
        "labels": "(part[{key}][:, 0] < 0)",
    }
    found = [tests[kind].format(key=text(name)) for name, kind in dropped.items()]
    lines = ["", "# Samples with a missing cell are left out.", "for part in parts:"]
    lines += [f"    gaps = {found[0]}", *(f"    gaps |= {each}" for each in found[1:])]
    return [*lines, "    part.update({name: values[~gaps] for name, values in part.items()})"]
