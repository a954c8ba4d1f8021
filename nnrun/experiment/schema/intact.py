"""What is left of a document without the parts that are not valid by the schema."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from nnrun.experiment.text.yaml_text import Document, ValuePath

# The name of a component of which nothing is known.
UNKNOWN = "?"

# Lists whose other items keep their positions, and mappings whose other settings can be read by themselves.
_LISTS = ("layers", "callbacks", "expect")
_MAPPINGS = ("data", "sweep")


def without_broken(document: Document, broken: Collection[ValuePath]) -> Document:
    """The document without its broken settings; a broken layer, callback or expectation is unknown in its place.

    Args:
        document: a mapping.
        broken: the paths of what is wrong; none of them is the root.
    """
    if not broken:
        return document
    value: dict[str, Any] = dict(document.value)
    for path in sorted(broken, key=len):
        part = value.get(str(path[0]))
        if len(path) > 1 and path[0] in _MAPPINGS and isinstance(part, dict):
            value[str(path[0])] = {key: inner for key, inner in part.items() if key != path[1]}
        elif len(path) > 1 and path[0] in _LISTS and isinstance(part, list):
            value[str(path[0])] = [UNKNOWN if i == path[1] else item for i, item in enumerate(part)]
        else:
            value.pop(str(path[0]), None)
    return replace(document, value=value)


def broken_layers(broken: Collection[ValuePath]) -> frozenset[int]:
    """The positions of the layers that are not valid."""
    return frozenset(path[1] for path in broken if path[0] == "layers" and len(path) > 1 and isinstance(path[1], int))


def is_wiring_known(broken: Collection[ValuePath]) -> bool:
    """Whether names and inputs of all layers are known: no unknown class, and neither key is broken or misspelt."""
    inside = [path for path in broken if path[0] == "layers"]
    return all(len(path) > 3 and path[3] not in ("name", "inputs") for path in inside)
