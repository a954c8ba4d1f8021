"""The rules of axes that pictures, the charts of a report and the terminal share."""

_RATIO = 50
# Numbers that differ by less than this share of their size differ by rounding alone.
ROUNDING = 1e-6


def spans_decades(least: float, greatest: float) -> bool:
    """Whether an axis from `least` to `greatest` is logarithmic: both are positive, and their ratio is over 50."""
    return least > 0 and greatest > _RATIO * least


def may_span_decades(metric: str) -> bool:
    """Whether the axis of a metric may be logarithmic: that of a loss or a learning rate may, all others may not."""
    return metric.endswith("loss") or metric == "learning_rate"
