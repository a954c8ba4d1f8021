"""The layers of a saved Keras model and what each of them takes; models within the model are taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nnrun.errors import ExperimentError, Problem, shown
from nnrun.templates.comment import clean
from nnrun.templates.saved_model.keras_file import WrongFileError
from nnrun.templates.saved_model.operators import as_layer

_MODELS = ("Sequential", "Functional", "Model")
_MOST_DEEP = 20

# One output of one layer, or one of a model within the model: its name, the number of the call, that of the output.
Reference = tuple[str, int, int]


@dataclass(frozen=True)
class SavedInput:
    """Where data enter a saved model.

    Args:
        key: its name, unique.
        shape: that of a sample; None for an axis of any size.
        dtype: the type of its numbers.
    """

    key: str
    shape: tuple[int | None, ...]
    dtype: str


@dataclass(frozen=True)
class SavedLayer:
    """A layer of a saved model.

    Args:
        key: a name for it, unique.
        name: its name in the file.
        component: the layer as it is saved.
        takes: the keys of the layers and inputs that it takes.
        faults: what an experiment cannot say of it, each the end of a sentence that begins with the layer.
    """

    key: str
    name: str
    component: dict[str, Any]
    takes: tuple[str, ...]
    faults: tuple[str, ...] = ()


@dataclass
class SavedModel:
    """A saved model without models within it."""

    inputs: list[SavedInput] = field(default_factory=list)
    layers: list[SavedLayer] = field(default_factory=list)
    outputs: tuple[str, ...] = ()
    output_names: tuple[str, ...] = ()


def read_layers(config: dict[str, Any], file: str) -> SavedModel:
    """The layers of a saved model.

    Raises:
        ExperimentError: the model is a class of its own.
        WrongFileError, TypeError, ValueError, …: as `refusing_damage` expects them.
    """
    class_name = config.get("class_name")
    if class_name not in _MODELS or "layers" not in config["config"]:
        message = f"{file} holds a {clean(str(class_name))[:60]}, whose layers only its own code knows."
        raise ExperimentError(Problem(message, hint="Only Sequential and functional models can be written down."))
    reader = _LayerReader()
    ends = reader.read(config, "", None, 0)
    names = [_text(name) for name, _, _ in reader.ends(config)] or list(ends)
    return SavedModel(reader.inputs, reader.layers, tuple(ends), tuple(names))


class _LayerReader:
    """Collects the inputs and layers of a model and of the models within it."""

    def __init__(self) -> None:
        self.inputs: list[SavedInput] = []
        self.layers: list[SavedLayer] = []
        self.taken: set[str] = set()

    def read(self, model: dict[str, Any], prefix: str, given: Sequence[str] | None, depth: int) -> list[str]:
        """The keys of the outputs of a model.

        Args:
            model: the model as it is saved.
            prefix: what precedes the names of its layers, so that they are unique.
            given: the keys of what it takes; None for the model itself, whose inputs are new.
            depth: in how many models it is.
        """
        if depth > _MOST_DEEP:
            raise WrongFileError("its models are nested too deeply")
        config = model["config"]
        if model["class_name"] == "Sequential":
            return self._sequential(config, prefix, given, depth)
        return self._functional(config, prefix, given, depth)

    def ends(self, model: dict[str, Any]) -> list[Reference]:
        """What the outputs of a model are called in its file."""
        config = model["config"]
        return [] if model["class_name"] == "Sequential" else _references(config["output_layers"])

    def _sequential(self, config: dict[str, Any], prefix: str, given: Sequence[str] | None, depth: int) -> list[str]:
        layers = config["layers"]
        if layers and layers[0]["class_name"] == "InputLayer":
            first, layers = layers[0], layers[1:]
            before = list(given) if given is not None else [self._input(first)]
        elif given is not None:
            before = list(given)
        else:
            shape = config.get("build_input_shape")
            if not isinstance(shape, list):
                raise WrongFileError("the model was never built, so the shape of its input is not known")
            before = [self._add_input(SavedInput("input_layer", _shape(shape), "float32"))]
        for layer in layers:
            before = self._call(layer, prefix, before, (), depth)
        return before

    def _functional(self, config: dict[str, Any], prefix: str, given: Sequence[str] | None, depth: int) -> list[str]:
        found: dict[Reference, str] = {}
        saved = {_text(layer["name"]): layer for layer in config["layers"]}
        entries = _references(config["input_layers"])
        for position, entry in enumerate(entries):
            found[entry] = given[position] if given is not None else self._input(saved[entry[0]])
        for name, layer in saved.items():
            nodes = layer["inbound_nodes"]
            shared = (
                [f"is shared, and each of its {len(nodes)} calls gets weights of its own"] if len(nodes) > 1 else []
            )
            for i, node in enumerate(nodes):
                called, has_number = as_layer(layer, node["args"])
                references, faults = _arguments(node)
                faults = [] if has_number else faults
                faults += [
                    f"takes another output of {shown(r[0])} than the first" for r in references if r not in found
                ]
                takes = [found[r] if r in found else found[(r[0], r[1], 0)] for r in references]
                outputs = self._call(called, prefix, takes, (*shared, *faults), depth)
                found |= {(name, i, j): key for j, key in enumerate(outputs)}
        return [_found(found, reference) for reference in _references(config["output_layers"])]

    def _call(
        self, layer: dict[str, Any], prefix: str, takes: Sequence[str], faults: tuple[str, ...], depth: int
    ) -> list[str]:
        """The keys of what a layer gives, which is added with what is within it."""
        name = _name(layer["config"].get("name", layer["class_name"]))
        if layer["class_name"] in _MODELS and "layers" in layer["config"]:
            return self.read(layer, f"{prefix}{name}/", takes, depth + 1)
        if layer["class_name"] == "InputLayer":
            return list(takes)
        key = self._unique(f"{prefix}{name}")
        self.layers.append(SavedLayer(key, name, layer, tuple(takes), faults))
        return [key]

    def _input(self, layer: dict[str, Any]) -> str:
        config = layer["config"]
        dtype = config.get("dtype")
        name = self._unique(_name(config["name"]))
        return self._add_input(SavedInput(name, _shape(config["batch_shape"]), dtype if isinstance(dtype, str) else ""))

    def _add_input(self, entry: SavedInput) -> str:
        self.taken.add(entry.key)
        self.inputs.append(entry)
        return entry.key

    def _unique(self, key: str) -> str:
        found, number = key, 1
        while found in self.taken:
            number += 1
            found = f"{key}_{number}"
        self.taken.add(found)
        return found


def _found(found: Mapping[Reference, str], reference: Reference) -> str:
    """The key of an output; of a layer that is called once whatever the number of the call, which Keras miscounts."""
    name, call, index = reference
    calls = {known[1] for known in found if known[0] == name}
    call = call if call in calls else min(calls, default=call)
    return found[(name, call, index)] if (name, call, index) in found else found[(name, call, 0)]


def _arguments(node: Mapping[str, Any]) -> tuple[list[Reference], list[str]]:
    """What a call takes, and what in it an experiment cannot say."""
    found: list[Reference] = []
    faults = []
    for value in node["args"]:
        tensors = _tensors(value)
        found += tensors
        if not tensors and value is not None:
            faults.append(f"is called with {shown(value)}, which is left out")
    for key, value in node["kwargs"].items():
        tensors = _tensors(value)
        if key in ("value", "key", "query") and tensors:
            found += tensors
        elif tensors or not _is_nothing(value):
            faults.append(f"is called with {key}={'…' if tensors else shown(value)}, which is left out")
    return found, faults


def _is_nothing(value: Any) -> bool:
    """Whether an argument of a call says nothing, as a mask that is not there for each of several inputs."""
    return value in (None, False) or (isinstance(value, list) and all(item is None for item in value))


def _tensors(value: Any) -> list[Reference]:
    if isinstance(value, list):
        return [reference for item in value for reference in _tensors(item)]
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return [_reference(value["config"]["keras_history"])]
    if isinstance(value, dict) and value.get("class_name") == "__tuple__":
        return _tensors(value["items"])
    return []


def _references(value: Any) -> list[Reference]:
    """The inputs or outputs of a functional model: one, several, or by name."""
    if isinstance(value, dict):
        return [reference for item in value.values() for reference in _references(item)]
    if value and isinstance(value[0], str):
        return [_reference(value)]
    return [reference for item in value for reference in _references(item)]


def _reference(value: Sequence[Any]) -> Reference:
    name, call, index = value
    return _text(name), int(call), int(index)


def _shape(batch_shape: Any) -> tuple[int | None, ...]:
    sizes = tuple(batch_shape[1:])
    if not all(size is None or (isinstance(size, int) and size > 0) for size in sizes):
        raise WrongFileError(f"an input has the shape {shown(list(sizes))}")
    return sizes


def _name(value: Any) -> str:
    """A name as an experiment can have it: dashes in place of other characters than letters, digits and ._-"""
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in _text(value))[:60]
    return name if name[:1].isalnum() else f"layer{name}"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise WrongFileError(f"a name is {shown(value)}")
    return value
