"""The names of layers: those that are given, and for the others one made of the layer's class."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence


def layer_names(classes: Sequence[str], given: Sequence[str | None]) -> list[str]:
    """The name of every layer: the given one, or its class in snake case, numbered from the second on.

    Args:
        classes: the classes as written, in the order of the file.
        given: for each layer the name that the file gives it, or None.
    """
    free = _free_names({name for name in given if name is not None})
    return [name or free(class_name) for class_name, name in zip(classes, given, strict=True)]


def _free_names(given: Collection[str]) -> Callable[[str], str]:
    """A function from a class to a name that is still free: dense, dense_2, dense_3, …"""
    counts: dict[str, int] = {}

    def free(class_name: str) -> str:
        base = snake_case(class_name)
        name = ""
        while not name or name in given:
            counts[base] = counts.get(base, 0) + 1
            name = base if counts[base] == 1 else f"{base}_{counts[base]}"
        return name

    return free


def snake_case(class_name: str) -> str:
    """Keras's own rule: Conv2D is conv2d, BatchNormalization batch_normalization, ReLU re_lu."""
    parted = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", class_name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", parted).lower()
