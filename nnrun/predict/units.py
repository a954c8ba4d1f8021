"""The units of the loss and the metrics where the targets were scaled, in words."""

from __future__ import annotations

from collections.abc import Mapping

from nnrun.number_text import short

# The largest number of targets whose units are listed.
_MOST_LISTED = 3


def units_of_metrics(target_units: Mapping[str, float | None]) -> str:
    """The value of 1 in the loss and the metrics, as a sentence.

    Args:
        target_units: the `target_units` of the run's record.

    Returns:
        Such as `The loss and the metrics are computed on scaled targets: 1 is 81,234 of price.`; empty where the
        targets are not scaled.
    """
    if not target_units:
        return ""
    units = [f"{short(unit)} of {name}" for name, unit in target_units.items() if unit is not None][:_MOST_LISTED]
    if not units:
        return "The loss and the metrics are computed on scaled targets."
    others = len(target_units) - len(units)
    *first, last = [*units, f"{others} more"] if others else units
    listed = f"{', '.join(first)} and {last}" if first else last
    return f"The loss and the metrics are computed on scaled targets: 1 is {listed}."
