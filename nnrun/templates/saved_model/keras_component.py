"""A component of a saved Keras model as an experiment writes it: only arguments that differ from Keras's defaults."""

from __future__ import annotations

import struct
from typing import Any

from nnrun.experiment.layer_names import ACTIVATION_LAYERS, is_automatic
from nnrun.experiment.schema.catalog import Argument, load_catalog
from nnrun.templates.comment import clean

Written = str | dict[str, Any]

# Keras's class has another name than the one under which Keras exports it.
_EXPORTED = {"GroupedQueryAttention": "GroupQueryAttention"}
_ACTIVATIONS = {layer: function for function, layer in ACTIVATION_LAYERS.items()}
# The learning rate of a saved optimizer is a 32-bit number: 0.0010000000474974513 was written as 0.001.
_FLOAT32 = struct.Struct("<f")


class UnsayableError(ValueError):
    """A component that an experiment cannot have; the text is the reason, a clause."""


class ComponentWriter:
    """Writes components and notes what the file does not say.

    Args:
        precision: Keras's dtype policy of most layers, which no layer repeats.
    """

    def __init__(self, precision: str = "float32") -> None:
        self.precision = precision
        self.notes: list[str] = []

    def write(self, kind: str, value: Any) -> Written:
        """The written form of a saved component.

        Args:
            kind: the catalog's kind.
            value: a name, or a mapping with `class_name` and `config`.

        Raises:
            UnsayableError: it is custom, or of a kind that no experiment can have.
        """
        if isinstance(value, str):
            return self._named(kind, value)
        if not isinstance(value, dict) or not isinstance(value.get("class_name"), str):
            raise UnsayableError("it is not a component of Keras")
        name, config = value["class_name"], value.get("config")
        if name == "function" and isinstance(config, str):
            return self._named(kind, config)
        _refuse_custom(value)
        name = str((_ACTIVATIONS if kind == "activations" else _EXPORTED).get(name, name))
        entry = load_catalog().entry(kind, name)
        if entry is None:
            raise UnsayableError(
                load_catalog().refusal(kind, name) or f"{clean(name)} is no component of an experiment"
            )
        config = config if isinstance(config, dict) else {}
        arguments = self._arguments(entry.arguments, entry.name, config)
        if kind == "layers" and (policy := policy_name(config.get("dtype"))) not in (None, self.precision):
            arguments["dtype"] = policy
        if kind == "losses":
            self._note_lost(entry.arguments, entry.name, config)
        return {entry.name: arguments} if arguments else entry.name

    def _named(self, kind: str, name: str) -> str:
        if load_catalog().own_name(kind, name) is None:
            raise UnsayableError(load_catalog().refusal(kind, name) or f"{clean(name)[:60]} is not one of Keras's")
        return name

    def _arguments(self, known: dict[str, Argument], name: str, config: dict[str, Any]) -> dict[str, Any]:
        written = {}
        for key, argument in known.items():
            if key == "dtype" or key not in config or _is_implied(key, name, config):
                continue
            if key == "name" and _is_own_name(config[key], name):
                continue
            saved = _shortest(config[key]) if key == "learning_rate" else config[key]
            value = self._argument(argument, saved)
            if not _is_default(argument, value):
                written[key] = value
        return written

    def _argument(self, argument: Argument, value: Any) -> Any:
        if argument.item_component and isinstance(value, list):
            return [self.write(argument.item_component, item) for item in value]
        if argument.component and isinstance(value, str | dict):
            return self.write(argument.component, value)
        return _alike(argument, _plain(value))

    def _note_lost(self, known: dict[str, Argument], name: str, config: dict[str, Any]) -> None:
        lost = [key for key in known if key not in config and key not in ("name", "dtype", "reduction")]
        if lost and "reduction" in config:
            self.notes.append(
                f"The file does not keep the {' and '.join(lost)} of the loss {name}; Keras's default is assumed"
            )


def _refuse_custom(value: dict[str, Any]) -> None:
    registered, module = value.get("registered_name"), value.get("module")
    # Keras writes the registered name of its own classes too where they are within others.
    custom = isinstance(registered, str) and ">" in registered and not registered.startswith("keras")
    if custom or not isinstance(module, str) or module.partition(".")[0] not in ("keras", "builtins"):
        raise UnsayableError(f"{clean(value['class_name'])[:60]} is a custom class")


def policy_name(value: Any) -> str | None:
    """The name of a dtype policy, saved as a name or as an object."""
    if isinstance(value, dict):
        config = value.get("config")
        value = config.get("name") if isinstance(config, dict) else None
    return value if isinstance(value, str) else None


def _is_own_name(name: Any, class_name: str) -> bool:
    """Whether it is no name that somebody has given."""
    return not isinstance(name, str) or name == class_name or is_automatic(name, class_name)


def _is_implied(key: str, name: str, config: dict[str, Any]) -> bool:
    """Whether Keras itself has set the argument, from others or from the shape."""
    value = config[key]
    match key:
        case "strides":
            return "pool_size" in config and value == config["pool_size"]
        case "value_dim":
            return bool(value == config.get("key_dim"))
        case "attention_axes":
            return bool(value == [1])
        case "data_format":
            return bool(value == "channels_last")
        case "backward_layer":
            return _is_mirrored(config.get("layer"), value)
    return False


def _is_mirrored(forward: Any, backward: Any) -> bool:
    """Whether the backward layer of a Bidirectional is the forward one, run backwards."""

    def settings(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        own = ("name", "go_backwards", "dtype", "shared_object_id", "build_config")
        return {key: settings(part) for key, part in value.items() if key not in own}

    return bool(settings(forward) == settings(backward))


def _is_default(argument: Argument, value: Any) -> bool:
    if not argument.has_default:
        return value is None
    default = argument.default
    if argument.component and isinstance(value, str):
        names = load_catalog()
        if default is None:
            return argument.component == "activations" and value == "linear"
        return isinstance(default, str) and names.own_name(argument.component, value) == names.own_name(
            argument.component, default
        )
    if isinstance(value, list) and isinstance(default, int | float) and not isinstance(default, bool):
        return all(item == default for item in value)
    if isinstance(default, list) and isinstance(value, int | float):
        return all(item == value for item in default)
    return bool(value == default) and isinstance(value, bool) == isinstance(default, bool)


def _plain(value: Any) -> Any:
    """A value as YAML holds it."""
    if isinstance(value, dict):
        if value.get("class_name") == "__tuple__" and isinstance(value.get("items"), list):
            return [_plain(item) for item in value["items"]]
        raise UnsayableError(f"it has an argument of the class {clean(str(value.get('class_name')))[:60]}")
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _alike(argument: Argument, value: Any) -> Any:
    """One number for several that are the same, such as 3 for a kernel of [3, 3], where the argument takes both."""
    if isinstance(value, list) and len(value) > 1 and "integer" in argument.schema.get("type", ()):
        return value[0] if all(item == value[0] and isinstance(item, int) for item in value) else value
    return value


def _shortest(value: Any) -> Any:
    """A 32-bit number with the digits that it needs; any other value as it is."""
    if not isinstance(value, float):
        return value
    try:
        packed = _FLOAT32.pack(value)
    except OverflowError:
        return value
    if _FLOAT32.unpack(packed)[0] != value:
        return value
    return next(short for digits in range(1, 18) if _FLOAT32.pack(short := float(f"{value:.{digits}g}")) == packed)
