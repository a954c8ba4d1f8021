"""A layer in numbers, as the terminal, `run.json`, the report and `nnrun show` have it."""

from __future__ import annotations

import msgspec


class LayerSummary(msgspec.Struct, frozen=True):
    """A layer of a trained network.

    Args:
        name: the layer's name.
        kind: Keras's class name.
        shape: the shape of its output for one sample, such as `(8)` or `(28, 28, 1)`.
        parameters: the number of its parameters, trainable or not.
        arithmetic: how that number is computed, such as `8 × (1 + 1)`; empty for a layer without parameters.
    """

    name: str
    kind: str = msgspec.field(name="type")
    shape: str = msgspec.field(name="output_shape")
    parameters: int
    arithmetic: str

    def cells(self, *, explained: bool = True) -> tuple[str, str, str, str]:
        """Its row of a table below `COLUMNS`.

        Args:
            explained: whether the number of parameters follows its arithmetic, as in `8 × (1 + 1) = 16`.
        """
        explanation = f"{self.arithmetic} = " if explained and self.arithmetic else ""
        return self.name, self.kind, self.shape, f"{explanation}{self.parameters}"


COLUMNS = ("layer", "type", "output shape", "parameters")
