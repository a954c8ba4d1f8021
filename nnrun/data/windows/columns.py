"""The columns of windows, known before any row is generated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nnrun.data.preparation.columns import prepared_columns
from nnrun.data.splits.key_columns import find_key_column
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.experiment import DataSettings
from nnrun.experiment.split_section import read_split
from nnrun.experiment.window_section import WINDOW, Window, read_window


@dataclass(frozen=True)
class SeriesKeys:
    """What puts the rows of windows in order and into series.

    Args:
        order: the column by which they are sorted; None where they are in order.
        series: the column whose different values are different series; None for a single one.
    """

    order: Column | None = None
    series: Column | None = None


def network_columns(generated: Columns, data: Mapping[str, Any]) -> Columns:
    """The columns as the network takes them: prepared, and those of windows where samples are cut from a series.

    Args:
        generated: what the generator makes.
        data: the data settings as plain values, valid by the schema.
    """
    window = read_window(data)
    if window is None:
        return prepared_columns(generated, data)
    chosen = chosen_columns(generated, window, read_split(data).column)
    return replace(windowed_columns(prepared_columns(chosen, data), window), raw=generated)


def chosen_columns(generated: Columns, window: Window, order: str | None = None) -> Columns:
    """The columns of a generator that windows are cut from; a target may be an input, too.

    Names that the generator does not have are left out.

    Args:
        generated: what the generator makes.
        window: names its inputs and targets; by default the inputs are all columns but those of the order and the
            series.
        order: the column that splits the rows, if there is one.
    """
    as_inputs = {column.name: column for column in (*generated.targets, *generated.inputs)}
    as_targets = {column.name: column for column in (*generated.inputs, *generated.targets)}
    aside = {order, window.group}
    every = dict.fromkeys(column.name for column in (*generated.inputs, *generated.targets))
    inputs = window.inputs or [name for name in every if name not in aside]
    targets = window.targets or [column.name for column in generated.targets]
    same = [*targets] == [column.name for column in generated.targets]
    return replace(
        generated,
        inputs=tuple(replace(as_inputs[name], is_label=False) for name in inputs if name in as_inputs),
        targets=tuple(as_targets[name] for name in targets if name in as_targets),
        classes=generated.classes if same else None,
        sample=generated.sample if same else None,
    )


def windowed_columns(rows: Columns, window: Window) -> Columns:
    """The columns of the windows that are cut from rows: one input column, and as many target numbers as steps.

    Args:
        rows: the columns of the rows, prepared.
        window: how windows are cut.
    """
    features = sum(column.width for column in rows.inputs)
    column = Column(WINDOW, window.length * features, (window.length, features), extent=_extent(rows.inputs))
    targets = tuple(replace(each, width=each.width * window.steps) for each in rows.targets)
    return replace(rows, inputs=(column,), targets=targets, rows=rows)


def key_columns(generated: Columns, settings: DataSettings) -> SeriesKeys:
    """The columns that put the rows of windows in order and into series; none where each row is a sample.

    Args:
        generated: what the generator makes.
        settings: has the windows and the rule of the split.
    """
    window, rule = settings.window, settings.split
    if window is None:
        return SeriesKeys()
    series = window.group or (rule.column if rule.kind == "group" else None)
    order = rule.column if rule.kind == "order" else None
    return SeriesKeys(*(find_key_column(generated, name) if name else None for name in (order, series)))


def _extent(columns: Sequence[Column]) -> tuple[float, float] | None:
    """The smallest and the largest number of all columns, where they are known."""
    ends = [column.extent for column in columns if column.extent and not column.categories]
    if not ends or len(ends) < len(columns):
        return None
    return min(low for low, _ in ends), max(high for _, high in ends)
