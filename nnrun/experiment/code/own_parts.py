"""The layers, losses, metrics and so on that a module of the user's own defines, with their arguments."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, NamedTuple

from nnrun.experiment.code.code_file import CodeFile
from nnrun.experiment.schema.catalog import Argument, Entry, load_catalog

OwnKey = tuple[str, str]  # a kind and a name

# Keras's base class of each kind of component.
_BASES: Mapping[str, str] = {
    "layers": "Layer",
    "losses": "Loss",
    "metrics": "Metric",
    "callbacks": "Callback",
    "initializers": "Initializer",
    "regularizers": "Regularizer",
    "constraints": "Constraint",
}
# What these base classes take themselves, of what an experiment can write.
_BASE_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "layers": ("trainable", "dtype", "activity_regularizer"),
    "losses": ("name", "reduction", "dtype"),
    "metrics": ("name", "dtype"),
}
_TYPES: Mapping[Any, str] = {
    **{int: "integer", float: "number", str: "string", bool: "boolean", list: "array", tuple: "array"},
    **{"int": "integer", "float": "number", "str": "string", "bool": "boolean", "list": "array", "tuple": "array"},
}
# By the end of its name, the kind of component that an argument takes, as in Keras's own layers.
_COMPONENTS = {
    "activation": "activations",
    "initializer": "initializers",
    "regularizer": "regularizers",
    "constraint": "constraints",
}


class OwnPart(NamedTuple):
    """A component of the user's own.

    Args:
        file: the file that defines it.
        entry: its name and arguments, as the catalogue has them of Keras's.
    """

    file: CodeFile
    entry: Entry


def find_parts(file: CodeFile, module: ModuleType) -> dict[OwnKey, OwnPart]:
    """The components that a module registers with Keras, and its callbacks, by kind and name.

    A function of one argument is an activation, of `shape` an initializer, of two arguments a loss and a metric.
    """
    keras = sys.modules.get("keras")
    if keras is None:  # nothing is registered where Keras was not imported
        return {}
    found = {}
    for value in vars(module).values():
        if getattr(value, "__module__", None) == module.__name__:
            for kind in _kinds(keras, value):
                name = value.__name__
                found[(kind, name)] = OwnPart(file, _entry(keras, kind, value))
    return found


def own_object(module: ModuleType, name: str) -> Any:
    """The class or function of a component, by the name that it has in an experiment."""
    values = (value for value in vars(module).values() if getattr(value, "__module__", None) == module.__name__)
    return next(value for value in values if getattr(value, "__name__", None) == name)


def _kinds(keras: Any, value: Any) -> Iterator[str]:
    if inspect.isclass(value):
        for kind, base in _BASES.items():
            is_part = issubclass(value, getattr(getattr(keras, kind), base))
            if is_part and (kind == "callbacks" or _is_registered(keras, value)):  # Keras registers no callbacks
                yield kind
    elif inspect.isfunction(value) and _is_registered(keras, value):
        required = [p.name for p in inspect.signature(value).parameters.values() if p.default is p.empty]
        if required[:1] == ["shape"]:
            yield "initializers"
        elif len(required) == 1:
            yield "activations"
        elif len(required) == 2:
            yield from ("losses", "metrics")


def _is_registered(keras: Any, value: Any) -> bool:
    return ">" in str(keras.saving.get_registered_name(value))


def _entry(keras: Any, kind: str, value: Any) -> Entry:
    documented = (inspect.getdoc(value) or "").strip().splitlines() if value.__doc__ else []
    arguments = _arguments(keras, kind, value) if inspect.isclass(value) else {}
    return Entry(kind, value.__name__, documented[0] if documented else value.__name__, None, (), arguments, None, {})


def _arguments(keras: Any, kind: str, value: type) -> dict[str, Argument]:
    """The arguments of a class: its own, and where it takes `**kwargs` those of the classes above it.

    What stands above is not required: the class may pass it on by itself, and Keras refuses what is missing.
    """
    found: dict[str, Argument] = {}

    def inherit(arguments: Mapping[str, Argument]) -> None:
        passed_on = bool(found)
        for name, argument in arguments.items():
            schema, component, items, required, *default = argument
            found.setdefault(name, Argument(schema, component, items, required and not passed_on, *default))

    for above in value.__mro__:
        if above is getattr(getattr(keras, kind), _BASES[kind]):
            names = _BASE_ARGUMENTS.get(kind, ())
            inherit({name: Argument({}, _component(name), None, False, False, None) for name in names})
            break
        known = load_catalog().entry(kind, above.__name__) if above.__module__.startswith("keras.") else None
        if known:
            inherit(known.arguments)
            break
        if "__init__" in vars(above):
            parameters = list(inspect.signature(above.__init__).parameters.values())[1:]  # type: ignore[misc]
            inherit({p.name: _argument(p) for p in parameters if _is_named(p)})
            if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
                break
    return {name: argument for name, argument in found.items() if kind != "layers" or name != "name"}


def _is_named(parameter: inspect.Parameter) -> bool:
    return parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)


def _argument(parameter: inspect.Parameter) -> Argument:
    has_default = parameter.default is not parameter.empty
    written = _TYPES.get(parameter.annotation)
    schema = {"type": [written, "null"] if has_default and parameter.default is None else written} if written else {}
    component = _component(parameter.name)
    default = parameter.default if has_default and _is_plain(parameter.default) else None
    return Argument(schema, component, None, not has_default, has_default, default)


def _component(name: str) -> str | None:
    return _COMPONENTS.get(name.rpartition("_")[2])


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str)
