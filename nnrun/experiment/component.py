"""Components from their written form: a name, or a one-key mapping from a name to arguments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from nnrun.errors import Place
from nnrun.experiment.experiment import Component
from nnrun.experiment.schema.catalog import Argument, Entry, load_catalog
from nnrun.experiment.text.yaml_text import Document, ValuePath

# Arguments that every layer has; their defaults would only lengthen what is filled in.
_EVERY_LAYERS = ("trainable", "autocast")
# Kinds that Keras takes as objects alone within another component; names of the other kinds it resolves by itself.
_BUILT = ("layers", "optimizers")


def read_component(document: Document, path: ValuePath, kind: str) -> Component:
    """The component at `path` of a document that is valid by the schema.

    Arguments that are components themselves become `Component`, bare identifiers among them stay text.
    """
    value = document.at(path)
    if isinstance(value, str):
        return _own(document, Component(kind, value, place=document.place(path)))
    name, written = next(iter(value.items()))
    inside = (*path, name)
    own = document.own.get((kind, name))
    entry = own.entry if own else load_catalog().entry(kind, name)
    arguments = {key: _argument(document, (*inside, key), entry) for key in written or {}}
    place = document.key_place(inside)
    return _own(document, Component(kind, name, arguments, place, _places(document, inside, written or {})))


def _own(document: Document, component: Component) -> Component:
    """The component with its code, where it is of the user's own."""
    own = document.own.get((component.kind, component.name))
    return replace(component, code=own.file, entry=own.entry) if own else component


def _places(document: Document, inside: ValuePath, written: dict[str, Any]) -> dict[str | ValuePath, Place]:
    """The places of the arguments, and of the items of those that are lists or mappings."""
    places: dict[str | ValuePath, Place] = {}
    for key, value in written.items():
        if place := document.place((*inside, key)):
            places[key] = place
        for position in _positions(value):
            if place := document.places.get((*inside, key, *position)):
                places[(key, *position)] = place
    return places


def _positions(value: Any) -> Iterator[ValuePath]:
    """The position of every item of a list, the key of every item of a mapping, and those within them."""
    items = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for position, item in items:
        yield (position,)
        yield from ((position, *below) for below in _positions(item))


def _argument(document: Document, path: ValuePath, entry: Entry | None) -> Any:
    value = document.at(path)
    argument = entry.arguments.get(str(path[-1])) if entry else None
    if argument is None:
        return value
    if isinstance(value, list) and argument.item_component:
        return [read_component(document, (*path, i), argument.item_component) for i in range(len(value))]
    if argument.component and (isinstance(value, dict) or _is_built(document, argument.component, value)):
        return read_component(document, path, argument.component)
    return float(value) if _is_real(value, argument) else value


def _is_built(document: Document, kind: str, value: Any) -> bool:
    """Whether a bare name is one that Keras does not resolve by itself."""
    return isinstance(value, str) and (kind in _BUILT or (kind, value) in document.own)


def _is_real(value: Any, argument: Argument) -> bool:
    """Whether a whole number is to be a float: Keras refuses `learning_rate=1`."""
    types = argument.schema.get("type", ())
    return isinstance(value, int) and not isinstance(value, bool) and "number" in types and "integer" not in types


def with_defaults(component: Component) -> dict[str, Any]:
    """The arguments of a component, those that are not given with the catalogue's defaults."""
    entry = component.entry or load_catalog().entry(component.kind, component.name)
    arguments = entry.arguments if entry else {}
    return {name: a.default for name, a in arguments.items() if a.has_default} | dict(component.arguments)


def fill_in(kind: str, value: str | dict[str, Any]) -> str | dict[str, Any]:
    """The written form of a component with the catalogue's defaults filled in; a default of null is left out."""
    name, written = (value, {}) if isinstance(value, str) else next(iter(value.items()))
    arguments = dict(written or {})
    for key, default in with_defaults(Component(kind, name, arguments)).items():
        if default is not None and key not in _EVERY_LAYERS:
            arguments.setdefault(key, default)
    return {name: arguments} if arguments else name
