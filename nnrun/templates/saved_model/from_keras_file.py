"""An experiment for a saved Keras model: its layers, optimizer, loss and metrics, and data that stand in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnrun.errors import ExperimentError, Problem, shown
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.layer_names import is_automatic, layer_names
from nnrun.experiment.text.dump import dump
from nnrun.experiment.text.yaml_text import MAX_BYTES, parse_document
from nnrun.network.shapes import walk
from nnrun.network.wiring import IMPLICIT_INPUT, read_graph
from nnrun.templates.saved_model.keras_component import ComponentWriter, UnsayableError, policy_name
from nnrun.templates.saved_model.keras_file import read_config, refusing_damage
from nnrun.templates.saved_model.keras_layers import SavedInput, SavedLayer, SavedModel, read_layers
from nnrun.templates.saved_model.operators import is_operator
from nnrun.templates.saved_model.placeholder_data import (
    PlaceholderInput,
    PlaceholderTarget,
    function_data,
    image_data,
    placeholder_input,
    placeholder_target,
)
from nnrun.templates.saved_model.saved_model_text import write_text
from nnrun.templates.saved_model.saved_training import SavedOutput, SavedTraining, read_training

_PRECISIONS = ("mixed_float16", "mixed_bfloat16")
_EPOCHS = 10


@dataclass
class _Node:
    """A layer on its way into the file: as it is written, and the keys of what it takes."""

    key: str
    written: Any
    takes: list[str]


def propose_for_model(file: Path, command: str) -> tuple[str, tuple[str, ...]]:
    """The text of the experiment whose network and training are those of a saved Keras model, and notes.

    Args:
        file: the `.keras` file.
        command: the comment that says how to train it.

    Returns:
        The text, and what in it is not the model's, a sentence each.

    Raises:
        ExperimentError: the file is no model of Keras 3, or nothing of it can be said.
    """
    config = read_config(file)
    with refusing_damage(file):
        text, notes = _propose(config, file, command)
    if len(text.encode()) > MAX_BYTES:
        raise ExperimentError(Problem(f"{file} has too many layers for an experiment file of {MAX_BYTES >> 10} KiB."))
    return text, notes


def _propose(config: dict[str, Any], file: Path, command: str) -> tuple[str, tuple[str, ...]]:
    model = read_layers(config, str(file))
    if not model.outputs or not model.inputs:
        raise ExperimentError(Problem(f"{file} holds a model without layers."))
    writer = ComponentWriter(_precision(model))
    nodes, ends = _nodes(model, writer)
    if not nodes:
        hint = "Write the network by hand; nnrun catalog layers lists the layers."
        raise ExperimentError(Problem(f"No layer of {file} can be written: {'. '.join(writer.notes)}.", hint=hint))
    activations = [_activation(nodes, key) for key in ends]
    training = read_training(config.get("compile_config"), model.output_names, activations, writer)
    outputs = _outputs(nodes, ends, training.outputs, writer)
    kept = SavedTraining(training.optimizer, tuple(outputs.values()))
    settings = _Settings(model, nodes, list(outputs), kept).write()
    if writer.precision != "float32":
        settings["precision"] = writer.precision
    notes = tuple(f"{note[0].upper()}{note[1:]}." for note in dict.fromkeys(writer.notes))
    return write_text(file.name, command, settings, notes), notes


def _precision(model: SavedModel) -> str:
    """The mixed precision of most layers, or float32."""
    policies = Counter(policy_name(layer.component["config"].get("dtype")) for layer in model.layers)
    common = policies.most_common(1)[0][0] if policies else None
    return common if common in _PRECISIONS else "float32"


def _nodes(model: SavedModel, writer: ComponentWriter) -> tuple[list[_Node], list[str]]:
    """The layers that can be said, each with what it takes, others give what they take; and each output's key."""
    stands_for = {entry.key: entry.key for entry in model.inputs}
    taken = {IMPLICIT_INPUT, *(entry.key for entry in model.inputs)}
    nodes = []
    for layer in model.layers:
        takes = [stands_for[key] for key in layer.takes]
        try:
            _refuse_call(layer)
            written = writer.write("layers", layer.component)
        except UnsayableError as reason:
            writer.notes.append(f"the layer {shown(layer.name)} is left out: {reason}")
            stands_for[layer.key] = takes[0] if takes else model.inputs[0].key
            continue
        writer.notes += [f"the layer {shown(layer.name)} {fault}" for fault in layer.faults]
        nodes.append(_Node(layer.key, _with_unique_name(written, layer, taken), takes))
        stands_for[layer.key] = layer.key
    return nodes, [stands_for[key] for key in model.outputs]


def _outputs(
    nodes: Sequence[_Node], ends: Sequence[str], trained: Sequence[SavedOutput], writer: ComponentWriter
) -> dict[str, SavedOutput]:
    """What each output is trained for, by the key of its layer; the first of several outputs of one layer."""
    known = {node.key for node in nodes}
    if not known.issuperset(ends):
        writer.notes.append("an output that is an input is left out")
    found: dict[str, SavedOutput] = {}
    for key, output in zip(ends, trained, strict=True):
        if key in known:
            found.setdefault(key, output)
    return found or {nodes[-1].key: trained[0]}


def _refuse_call(layer: SavedLayer) -> None:
    if layer.component["config"].get("return_state") is True:
        raise UnsayableError("it returns its state, and a layer of an experiment has one output")
    if is_operator(layer.component):
        raise UnsayableError("it takes something else than outputs of layers")


def _with_unique_name(written: Any, layer: SavedLayer, taken: set[str]) -> Any:
    """The written layer, its name unlike all others; without the name that Keras gave it by itself."""
    class_name, arguments = (written, {}) if isinstance(written, str) else next(iter(written.items()))
    arguments = {key: value for key, value in arguments.items() if key != "name"}
    if not is_automatic(layer.name, layer.component["class_name"]):
        name, number = layer.name, 1
        while name in taken:
            number += 1
            name = f"{layer.name}_{number}"
        taken.add(name)
        arguments = {**arguments, "name": name}
    return {class_name: arguments} if arguments else class_name


def _activation(nodes: Sequence[_Node], key: str) -> str | None:
    written = next((node.written for node in nodes if node.key == key), None)
    if not isinstance(written, dict):
        return "softmax" if written == "Softmax" else None
    value = next(iter(written.values())).get("activation")
    return value if isinstance(value, str) else None


class _Settings:
    """Puts the sections of the experiment together.

    Args:
        model: the saved model.
        nodes: its layers as they are written.
        outputs: the keys of the outputs among them.
        training: the optimizer, losses and metrics.
    """

    def __init__(self, model: SavedModel, nodes: list[_Node], outputs: list[str], training: SavedTraining) -> None:
        self.inputs = _used_inputs(model.inputs, nodes)
        self.nodes = nodes
        self.outputs = outputs
        self.training = training
        self.stand_ins: list[PlaceholderInput] = []
        self.targets: list[PlaceholderTarget] = []

    def write(self) -> dict[str, Any]:
        """The settings, in the order of the file."""
        ends = [*self.training.outputs]
        shapes = [entry.shape for entry in self.inputs]
        data = image_data(shapes, self._classes())
        if data is None:
            self._stand_in_for_inputs()
            self._stand_in_for_targets()
            data = self._function()
            one_hot = any(target.one_hot for target in self.targets)
        else:
            one_hot = ends[0].loss_class.startswith("Categorical")
        layers, names = self._layers(placed=True)
        settings: dict[str, Any] = {"data": {"generator": data}}
        if one_hot:
            settings["data"]["one_hot"] = True
        settings["layers"] = layers
        settings |= self._outputs(names)
        settings["optimizer"] = self.training.optimizer
        if len(self.outputs) == 1:
            settings["loss"] = ends[0].loss
            if ends[0].metrics:
                settings["metrics"] = list(ends[0].metrics)
        return {**settings, "epochs": _EPOCHS}

    def _outputs(self, names: Mapping[str, str]) -> dict[str, Any]:
        if len(self.outputs) == 1:
            taken = {key for node in self.nodes for key in node.takes}
            return {"outputs": [names[self.outputs[0]]]} if self.outputs[0] in taken else {}
        written = {}
        for key, end, target in zip(self.outputs, self.training.outputs, self.targets, strict=False):
            columns = list(target.columns)
            written[names[key]] = _output(end, columns)
        return {"outputs": written}

    def _classes(self) -> int | None:
        """The number of classes of the only output, if it has classes."""
        if len(self.outputs) != 1 or "Categorical" not in self.training.outputs[0].loss_class:
            return None
        shape = self._shape_of(self.outputs[0], [tuple(size or 1 for size in entry.shape) for entry in self.inputs])
        return shape[0] if shape is not None and len(shape) == 1 else None

    def _shape_of(self, key: str, shapes: Sequence[tuple[int, ...]]) -> tuple[int | None, ...] | None:
        """The shape of the output of a layer, as far as nnrun's rules know it."""
        columns = Columns(
            tuple(
                Column(self._column(i), shape[0] if len(shape) == 1 else 1, () if len(shape) == 1 else shape)
                for i, shape in enumerate(shapes)
            )
        )
        layers, names = self._layers(placed=False)
        document = parse_document(dump({"layers": layers}), "model")
        found, _ = walk(read_graph(document, columns), columns)
        return found[names[key]]

    def _column(self, position: int) -> str:
        return "x" if len(self.inputs) == 1 else f"{_identifier(self.inputs[position].key)}_"

    def _stand_in_for_inputs(self) -> None:
        for position, entry in enumerate(self.inputs):
            stand_in = placeholder_input(self._column(position), entry.shape, self._tokens(entry.key))
            self.stand_ins.append(stand_in)
            self._put_before(entry.key, stand_in.layers)

    def _tokens(self, key: str) -> int | None:
        """How many different whole numbers an input takes, if an Embedding takes it."""
        for node in self.nodes:
            if key in node.takes and isinstance(node.written, dict) and "Embedding" in node.written:
                return int(node.written["Embedding"]["input_dim"])
        return None

    def _put_before(self, key: str, layers: Sequence[Any]) -> None:
        """Puts layers between an input and what takes it."""
        last = key
        added = []
        for number, layer in enumerate(layers):
            added.append(_Node(f"{key}\n{number}", layer, [last]))
            last = added[-1].key
        for node in self.nodes:
            node.takes = [last if taken == key else taken for taken in node.takes]
        self.nodes[:0] = added

    def _stand_in_for_targets(self) -> None:
        numbers = [number for stand_in in self.stand_ins for number in stand_in.numbers]
        alone = len(self.outputs) == 1
        for position, (key, end) in enumerate(zip(self.outputs, self.training.outputs, strict=False)):
            shape = self._placed_shape_of(key)
            target = placeholder_target(
                f"y{'' if alone else position + 1}", shape, end.loss_class, numbers, alone=alone
            )
            self.targets.append(target)
            if target.layers:
                self.outputs[position] = f"{key}\n"
                self.nodes += [_Node(self.outputs[position], layer, [key]) for layer in target.layers]

    def _placed_shape_of(self, key: str) -> tuple[int | None, ...]:
        columns = Columns(tuple(Column(name) for stand_in in self.stand_ins for name in stand_in.columns))
        layers, names = self._layers(placed=True)
        document = parse_document(dump({"layers": layers}), "model")
        shape = walk(read_graph(document, columns), columns)[0][names[key]]
        return (1,) if shape is None else shape

    def _function(self) -> dict[str, Any]:
        inputs = {name: text for stand_in in self.stand_ins for name, text in stand_in.columns.items()}
        helpers = {name: text for target in self.targets for name, text in target.helpers.items()}
        targets = {name: text for target in self.targets for name, text in target.columns.items()}
        return function_data({**helpers, **inputs, **targets}, list(inputs), list(targets))

    def _layers(self, *, placed: bool) -> tuple[list[Any], dict[str, str]]:
        """The section `layers`, and the name of each layer and input by its key.

        Args:
            placed: whether the inputs have the columns that stand in; otherwise one column each.
        """
        implicit = len(self.inputs) == 1 and is_automatic(self.inputs[0].key, "InputLayer")
        implicit = implicit and self.inputs[0].dtype in ("", "float32")
        entries = [] if implicit else [self._input(i, placed=placed) for i in range(len(self.inputs))]
        written = [*entries, *(node.written for node in self.nodes)]
        names = layer_names(written)[len(entries) :]
        keys = {node.key: name for node, name in zip(self.nodes, names, strict=True)}
        keys |= {entry.key: IMPLICIT_INPUT if implicit else entry.key for entry in self.inputs}
        before = IMPLICIT_INPUT if implicit else self.inputs[-1].key
        layers: list[Any] = list(entries)
        for node in self.nodes:
            takes = [keys[key] for key in node.takes]
            layers.append(node.written if takes == [before] else _wired(node.written, takes))
            before = keys[node.key]
        return layers, keys

    def _input(self, position: int, *, placed: bool) -> Any:
        entry = self.inputs[position]
        stand_in = self.stand_ins[position] if placed and self.stand_ins else None
        arguments: dict[str, Any] = {"name": entry.key}
        if stand_in is None:
            if len(self.inputs) > 1:
                arguments["columns"] = [self._column(position)]
        elif len(self.inputs) > 1:
            arguments["columns"] = list(stand_in.columns)
        if entry.dtype not in ("", "float32"):
            arguments["dtype"] = entry.dtype
        return {"Input": arguments}


def _used_inputs(inputs: Sequence[SavedInput], nodes: Sequence[_Node]) -> list[SavedInput]:
    taken = {key for node in nodes for key in node.takes}
    return [entry for entry in inputs if entry.key in taken]


def _output(end: SavedOutput, columns: list[str]) -> dict[str, Any]:
    written: dict[str, Any] = {"target": columns[0] if len(columns) == 1 else columns, "loss": end.loss}
    if end.metrics:
        written["metrics"] = list(end.metrics)
    return written if end.weight == 1 else {**written, "loss_weight": end.weight}


def _wired(written: Any, takes: list[str]) -> Any:
    class_name, arguments = (written, {}) if isinstance(written, str) else next(iter(written.items()))
    return {class_name: {**arguments, "inputs": takes[0] if len(takes) == 1 else takes}}


def _identifier(name: str) -> str:
    letters = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
    return letters if letters[:1].isalpha() else f"x{letters}"
