"""A trained run as others use it: its Keras model in the data's units, with names for its inputs and outputs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import keras

from nnrun.data.dataset import Array
from nnrun.experiment.columns import feature_names
from nnrun.experiment.experiment import Output
from nnrun.experiment.text_encoding import TextEncoding
from nnrun.export.text_input import with_texts
from nnrun.model.deploy import predict
from nnrun.predict.trained_run import TrainedRun

# From one array per input to one per output.
Predict = Callable[[list[Array]], list[Array]]


@dataclass(frozen=True, eq=False)
class DeployedModel:
    """A trained model and what is to be known of it.

    Args:
        run: the trained run.
        texts: how the texts become numbers that the model is to take; None for a model that takes numbers.
    """

    run: TrainedRun
    texts: TextEncoding | None = None

    @cached_property
    def model(self) -> keras.Model:
        """The Keras model between the layers that scale, perhaps behind one that takes texts."""
        return with_texts(self.run.model, self.texts) if self.texts else self.run.model

    @cached_property
    def inputs(self) -> tuple[str, ...]:
        """The names of its inputs."""
        return tuple(entry.name for entry in self.run.experiment.inputs)

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """The names of its outputs."""
        return tuple(output.layer for output in self.run.experiment.outputs)

    def predict(self, arrays: list[Array]) -> list[Array]:
        """The run's own predictions."""
        return predict(self.model, arrays)

    def description(self) -> dict[str, Any]:
        """Its inputs and outputs: names, shapes, columns, class names."""
        record = self.run.record
        return {
            "name": record.name,
            "run": self.run.folder.name,
            "epoch": self.run.files.weights.epoch,
            "inputs": [self._input(i) for i in range(len(self.inputs))],
            "outputs": [self._output(i, output) for i, output in enumerate(self.run.experiment.outputs)],
        }

    def _input(self, position: int) -> dict[str, Any]:
        known = {column.name: column for column in self.run.experiment.columns.inputs}
        columns = [known[name] for name in self.run.experiment.inputs[position].columns]
        tensor = self.model.inputs[position]
        if self.texts:
            columns = [replace(columns[0], text=None, width=1)]
        names = feature_names(columns) if all(len(column.shape) == 1 for column in columns) else [columns[0].name]
        described = {"name": self.inputs[position], "shape": list(tensor.shape[1:]), "dtype": str(tensor.dtype)}
        return {**described, "columns": names if len(names) <= 100 else [column.name for column in columns]}

    def _output(self, position: int, output: Output) -> dict[str, Any]:
        tensor = self.model.outputs[position]
        described = {"name": output.layer, "shape": list(tensor.shape[1:]), "targets": list(output.targets)}
        known = {column.name: column for column in self.run.experiment.columns.targets}
        classes = known[output.targets[0]].categories if len(output.targets) == 1 else ()
        return {**described, "classes": list(classes)} if classes else described

    def description_json(self) -> bytes:
        """The description as JSON."""
        return json.dumps(self.description(), ensure_ascii=False, indent=1).encode()


def shape_in_words(shape: Sequence[int | None]) -> str:
    """The shape of an array of samples, such as `(samples, 28, 28)`; `any` for an axis of any size.

    Args:
        shape: that of one sample.
    """
    return f"({', '.join(['samples', *(str(size or 'any') for size in shape)])})"


@dataclass(frozen=True)
class FileFormat:
    """A format of models.

    Args:
        suffix: what the name of the file or folder ends in.
        write: writes the model to a path.
        load: loads what was written, as a function that predicts.
    """

    suffix: str
    write: Callable[[DeployedModel, Path], None]
    load: Callable[[DeployedModel, Path], Predict]
