"""The one rule of when an axis is logarithmic, for pictures, the charts of a report, and the terminal."""

_RATIO = 50


def spans_decades(least: float, greatest: float) -> bool:
    """Whether an axis from `least` to `greatest` is logarithmic: both are positive, and their ratio is over 50."""
    return least > 0 and greatest > _RATIO * least


def may_span_decades(metric: str) -> bool:
    """Whether the axis of a metric may be logarithmic: that of a loss or a learning rate may, all others may not."""
    return metric.endswith("loss") or metric == "learning_rate"
