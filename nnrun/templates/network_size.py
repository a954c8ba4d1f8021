"""Layers and training of a proposed experiment, sized for the rows."""

from __future__ import annotations

import math
from collections.abc import Iterator

_STEPS = 5_000  # about as many as the epochs come to


def layers_section(rows: int, shape: tuple[int, ...], classes: int | None, brightest: float | None = None) -> str:
    """The section `layers`: hidden layers, and the one for the target.

    Args:
        rows: the number of rows.
        shape: the shape of what the network takes.
        classes: the classes to learn; None for a regression.
        brightest: of images the largest number of a pixel.
    """
    width = math.prod(shape)
    numbers = f"{width:,} input numbers" if width > 1 else "1 input number"
    lines = [f"# Sized for {rows:,} row{'s' * (rows != 1)} and {numbers}.", "layers:"]
    if brightest is not None:
        lines += _image_layers(shape, brightest)
    else:
        units, depth = _hidden(rows, width)
        lines += ["  - Flatten"] * (len(shape) > 1)
        lines += [f"  - Dense: {{units: {units}, activation: relu}}"] * depth
    if classes is None:
        return "\n".join([*lines, "  - Dense: {units: 1}"])
    last = "units: 1, activation: sigmoid" if classes <= 2 else f"units: {classes}, activation: softmax"
    return "\n".join([*lines, f"  - Dense: {{{last}}}"])


def _image_layers(shape: tuple[int, ...], brightest: float) -> Iterator[str]:
    """A small convolutional network for images, (height, width) or with channels."""
    if brightest != 1:
        yield f"  - Rescaling: {{scale: {1 / brightest!r}}}  # from 0 … {brightest:.0f} to 0 … 1"
    if len(shape) == 2:
        yield f"  - Reshape: {{target_shape: [{shape[0]}, {shape[1]}, 1]}}  # one channel: grey"
    for filters in (16, 32):
        yield f"  - Conv2D: {{filters: {filters}, kernel_size: 3, activation: relu, padding: same}}"
        yield "  - MaxPooling2D: {pool_size: 2}"
    yield "  - Flatten"


def training_section(rows: int, classes: int | None) -> str:
    """Optimizer, loss, metric, epochs and batch size; the arguments are those of `layers_section`."""
    loss, metric = ("mse", "mae") if classes is None else ("sparse_categorical_crossentropy", "accuracy")
    if classes and classes <= 2:
        loss = "binary_crossentropy"
    batch = next((size for most, size in ((1_000, 16), (10_000, 32), (100_000, 128)) if rows < most), 512)
    epochs = min(200, max(1, _STEPS * batch // rows // 10) * 10)
    rate = 0.01 if rows < 1_000 else 0.003
    lines = [f"optimizer: {{Adam: {{learning_rate: {rate}}}}}", f"loss: {loss}", f"metrics: [{metric}]"]
    return "\n".join([*lines, f"epochs: {epochs}", f"batch_size: {batch}"])


def _hidden(rows: int, width: int) -> tuple[int, int]:
    """The units of a hidden layer and how many such layers: few where there are few rows for many weights."""
    units = 8 * 2 ** sum(rows >= enough for enough in (200, 2_000, 20_000))
    while units > 8 and units * width > 4 * rows:
        units //= 2
    return units, 1 if rows < 200 else 2
