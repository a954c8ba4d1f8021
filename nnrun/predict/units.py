"""In which units the loss and the metrics are where the targets were scaled, in words."""

from __future__ import annotations

from collections.abc import Mapping

# The most targets whose units are told one by one.
_MOST_TOLD = 3


def units_of_metrics(target_units: Mapping[str, float | None]) -> str:
    """What 1 is in the loss and the metrics, as a sentence.

    Args:
        target_units: the `target_units` of the run's record.

    Returns:
        Such as `The loss and the metrics are of scaled targets: 1 is 81,234 of price.`; empty where the targets are as
        the data have them.
    """
    if not target_units:
        return ""
    told = [f"{_plain(unit)} of {name}" for name, unit in target_units.items() if unit is not None][:_MOST_TOLD]
    if not told:
        return "The loss and the metrics are of scaled targets."
    others = len(target_units) - len(told)
    *first, last = [*told, f"{others} more"] if others else told
    listed = f"{', '.join(first)} and {last}" if first else last
    return f"The loss and the metrics are of scaled targets: 1 is {listed}."


def _plain(unit: float) -> str:
    return f"{unit:,.0f}" if unit >= 1000 else f"{unit:.4g}"
