"""The names of layers: those that the file gives, and Keras's own for the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.text.yaml_text import ValuePath

# Where Keras's class has another name than the one under which Keras exports it.
_CLASSES: Mapping[str, str] = {"GroupQueryAttention": "GroupedQueryAttention"}
# An activation with arguments is a layer of Keras, because a saved model can hold that.
ACTIVATION_LAYERS: Mapping[str, str] = {"elu": "ELU", "leaky_relu": "LeakyReLU", "relu": "ReLU", "softmax": "Softmax"}
# The layers that a layer makes for itself, which get a name too.
_ATTENTION = ("Softmax", "Dropout")
_AUGMENTATION = (
    "AutoContrast",
    "Equalization",
    *(f"Random{what}" for what in ("Brightness", "ColorDegeneration", "Contrast", "Posterization", "Rotation")),
    *(f"Random{what}" for what in ("Sharpness", "Shear", "Translation")),
    "Solarization",
)
MADE_BY: Mapping[str, Sequence[str]] = {
    "AugMix": _AUGMENTATION,
    "GroupQueryAttention": _ATTENTION,
    "MultiHeadAttention": _ATTENTION,
    "RandAugment": _AUGMENTATION,
}


def layer_names(layers: Sequence[Any]) -> list[str]:
    """The name of every layer of a network: `name_layers` without the layers within others."""
    names = name_layers(layers)
    return [names[(i,)] for i in range(len(layers))]


def name_layers(layers: Sequence[Any]) -> dict[ValuePath, str]:
    """The name of every layer: the given one, or the one that Keras gives it in a new process: dense, dense_1, …

    The rule is `auto_name` of keras.src.utils.naming: the class in snake case, and from the second of its class without
    a name on, how many came before. Layers within others count before these. Where the file gives this name to another
    layer of the network, which Keras refuses, the next one is taken.

    Args:
        layers: the layers as written, in the order of the file; what is no layer gets a name nobody writes.

    Returns:
        The name at the path of each layer below `layers`, also of those within others, as at
        `(1, "Bidirectional", "layer")`.
    """
    naming = _Naming({name for layer in layers if (name := given_name(layer))})
    for i, layer in enumerate(layers):
        naming.visit(layer, (i,))
    return naming.names


class _Naming:
    """Names layers one after the other, as Keras does when it makes them."""

    def __init__(self, given: set[str]) -> None:
        self.given = given
        self.counts: Counter[str] = Counter()
        self.names: dict[ValuePath, str] = {}

    def visit(self, layer: Any, path: ValuePath) -> None:
        class_name, arguments = _parts(layer)
        own = load_catalog().own_name("layers", class_name)
        for inner, steps in _layers_within(own, arguments):
            self.visit(inner, (*path, class_name, *steps))
        keras_class = class_name if own in (None, "Input") else _CLASSES.get(str(own), str(own))
        name = given_name(layer) or self.next(keras_class)
        while len(path) == 1 and name in self.given and name != given_name(layer):
            name = self.next(keras_class)
        self.names[path] = name
        for made in MADE_BY.get(str(own), ()):
            self.next(made)

    def next(self, class_name: str) -> str:
        base = snake_case(class_name)
        self.counts[base] += 1
        return base if self.counts[base] == 1 else f"{base}_{self.counts[base] - 1}"


def _parts(layer: Any) -> tuple[str, dict[str, Any]]:
    """The class of a layer as written, and its arguments; what has not the form of a layer has no class."""
    if isinstance(layer, str):
        return layer, {}
    if not isinstance(layer, dict) or len(layer) != 1:
        return "?", {}
    class_name, arguments = next(iter(layer.items()))
    return str(class_name), arguments if isinstance(arguments, dict) else {}


def given_name(layer: Any) -> str | None:
    """The name that the file gives a layer, if it does."""
    name = _parts(layer)[1].get("name")
    return name if isinstance(name, str) else None


def _layers_within(own: str | None, arguments: dict[str, Any]) -> Iterator[tuple[Any, ValuePath]]:
    """The layers among the arguments of a layer, and those that Keras makes of activations, with their paths."""
    entry = load_catalog().entry("layers", own) if own else None
    for key, value in arguments.items():
        argument = entry.arguments.get(key) if entry else None
        if argument is None:
            continue
        if argument.item_component == "layers" and isinstance(value, list):
            yield from ((item, (key, i)) for i, item in enumerate(value))
        elif argument.component == "layers":
            yield value, (key,)
        elif argument.component == "activations" and isinstance(value, dict):
            name, settings = _parts(value)
            function = load_catalog().own_name("activations", name)
            if settings and function and function in ACTIVATION_LAYERS:
                yield ACTIVATION_LAYERS[function], (key,)


def is_automatic(name: str, class_name: str) -> bool:
    """Whether Keras gives such a name by itself: `dense_1` to a Dense."""
    own = name.removeprefix("forward_").removeprefix("backward_")  # within a Bidirectional
    return re.fullmatch(rf"{re.escape(snake_case(_CLASSES.get(class_name, class_name)))}(_\d+)?", own) is not None


def snake_case(class_name: str) -> str:
    """Keras's own rule: Conv2D is conv2d, BatchNormalization batch_normalization, ReLU re_lu."""
    parted = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", class_name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", parted).lower()
