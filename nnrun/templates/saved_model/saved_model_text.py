"""The settings of an experiment for a saved model as text: a line for each layer and for each column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nnrun.experiment.text.dump import dump, dump_inline
from nnrun.templates.comment import comment, quoted

_WIDTH = 118
_ABOUT = {
    "data": "The data only have the right shapes. Put yours in their place, for example "
    "generator: {csv: {path: data.csv, target: price}}.",
    "epochs": "The file of a model does not say for how many epochs it was trained.",
}


def write_text(file: str, command: str, settings: dict[str, Any], notes: Sequence[str]) -> str:
    """The text of the experiment file.

    Args:
        file: the name of the model's file.
        command: the comment that says how to train it.
        settings: the settings, in the order of the file.
        notes: what in them is not the model's, a sentence each.
    """
    head = [f"# The network and the training of {quoted(file)}, with new weights.", command]
    lines = [*head, *(comment(f"Note: {note}") for note in notes), ""]
    for key, value in settings.items():
        lines += [comment(_ABOUT[key])] if key in _ABOUT else []
        lines += _section(key, value)
        lines += [""] if key in ("data", "layers") else []
    return "\n".join(lines) + "\n"


def _section(key: str, value: Any) -> list[str]:
    """A setting on one line where it fits, else a line for each part."""
    if key == "layers":
        return ["layers:", *(part for layer in value for part in _layer_lines(layer))]
    if key == "data":
        return ["data:", *(part for name, setting in value.items() for part in _setting_lines(name, setting))]
    line = f"{key}: {dump_inline(value)}"
    return [line] if len(line) <= _WIDTH else dump({key: value}).splitlines()


def _setting_lines(key: str, value: Any) -> list[str]:
    """A setting of the data, the columns of a function a line each."""
    if not isinstance(value, dict) or "function" not in value:
        return [f"  {key}: {dump_inline(value)}"]
    lines = [f"  {key}:", "    function:"]
    for name, text in value["function"].items():
        parts = dump({name: text}).splitlines() if isinstance(text, list) else [f"{name}: {dump_inline(text)}"]
        lines += [f"      {part}" for part in parts]
    return lines


def _layer_lines(layer: Any) -> list[str]:
    if isinstance(layer, str):
        return [f"  - {layer}"]
    name, arguments = next(iter(layer.items()))
    line = f"  - {name}: {dump_inline(arguments)}"
    return [line] if len(line) <= _WIDTH else [f"  {part}" for part in dump([layer]).splitlines()]
