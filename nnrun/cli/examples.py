"""An example for every component of the catalog."""

import functools
import json
from pathlib import Path
from typing import Any

from nnrun.experiment.schema.catalog import Entry, load_catalog
from nnrun.experiment.schema.schema import SINGULAR, experiment_schema


def example(kind: str, name: str) -> dict[str, Any] | None:
    """A setting of an experiment that contains the component.

    Args:
        kind: the kind, in the plural.
        name: the component's own name.

    Returns:
        The setting by its name, or None if no setting takes that kind.
    """
    entry = load_catalog().entry(kind, name)
    assert entry is not None, (kind, name)
    arguments = _arguments(entry)
    component = {entry.name: arguments} if arguments else entry.name
    return _setting(kind, component)


def _arguments(entry: Entry) -> dict[str, Any]:
    """The required arguments, or else the first optional one with a number as its default."""
    if entry.kind == "generators":
        return entry.example
    known = _known()
    chosen = dict(known["arguments"].get(f"{entry.kind}.{entry.name}", {}))
    for name, argument in entry.arguments.items():
        if argument.required:
            chosen.setdefault(name, known["values"].get(name))
    if chosen or entry.kind == "activations":
        return chosen
    numbers = [(name, a.default) for name, a in entry.arguments.items() if type(a.default) in (int, float)]
    return dict(numbers[:1])


@functools.cache
def _known() -> dict[str, dict[str, Any]]:
    """`values` of required arguments by their name; `arguments` of the components for which that is not enough."""
    known: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return known


def _setting(kind: str, component: Any) -> dict[str, Any] | None:
    settings = experiment_schema()["properties"]
    if kind in settings:
        return {kind: [component]}
    if SINGULAR[kind] in settings:
        return {SINGULAR[kind]: component}
    if kind == "generators":
        return {"data": {"generator": component}}
    if kind == "schedules":
        return {"optimizer": {"Adam": {"learning_rate": component}}}
    if kind == "activations":
        return {"layers": [{"Dense": {"units": 16, "activation": component}}]}
    if kind in ("constraints", "initializers", "regularizers"):
        return {"layers": [{"Dense": {"units": 16, f"kernel_{SINGULAR[kind]}": component}}]}
    return None
