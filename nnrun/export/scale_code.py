"""The scale of columns as an expression of NumPy."""

from __future__ import annotations

from nnrun.data.dataset import Array, ColumnScale


def restored_code(end: str, scale: ColumnScale) -> str:
    """The expression of predictions in the units of their targets, from that of scaled ones."""
    linear = f"{end} * {array_code(1 / scale.factor)} + {array_code(scale.offset)}"
    if scale.log is None:
        return linear
    chosen = where_code(scale.log, linear, "0")
    return where_code(scale.log, f"np.exp({chosen})", linear)


def where_code(mask: Array, value: str, other: str) -> str:
    """The expression that has the first value where the mask holds, and the other elsewhere."""
    return value if mask.all() else f"np.where({mask.tolist()}, {value}, {other})"


def array_code(values: Array) -> str:
    """Numbers as an array of float32."""
    numbers = str(values.tolist()).replace("inf", "np.inf").replace("nan", "np.nan")
    return f'np.array({numbers}, "float32")'
