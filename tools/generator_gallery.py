"""The gallery of data generators in `docs/generators.md`: a sentence, an experiment and a picture of each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nnrun.data.generators.generator import GROUPS, Generator
from nnrun.data.generators.registry import all_generators, describe_columns
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.experiment import Component
from nnrun.experiment.text.dump import dump_inline

PICTURES = Path(__file__).parents[1] / "docs" / "pictures" / "generators"


def gallery() -> Iterator[str]:
    """The lines of the gallery, group by group; what reads a file of one's own or runs code stands on another page."""
    generators = [generator for generator in all_generators().values() if not generator.files]
    for group in GROUPS:
        found = [generator for generator in generators if generator.group == group and has_example(generator)]
        if found:
            yield f"## {group.capitalize()}"
            yield ""
            for generator in found:
                yield from _entry(generator)


def has_example(generator: Generator) -> bool:
    """Whether an example shows the generator, or it needs no argument; none shows code of one's own."""
    required = any(argument.get("required") for argument in generator.arguments.values()) or generator.additional
    return generator.name != "python" and (bool(generator.example) or not required)


def _entry(generator: Generator) -> Iterator[str]:
    yield f"### {generator.name}"
    yield ""
    yield f"{generator.summary} [Arguments](experiment-file.md#{generator.name})"
    yield ""
    yield "```yaml"
    for setting, value in experiment(generator).items():
        yield f"{setting}: {dump_inline(value)}"
    yield "```"
    yield ""
    if (PICTURES / f"{generator.name}.png").is_file():
        yield f"![{generator.name}](pictures/generators/{generator.name}.png)"
        yield ""


def experiment(generator: Generator) -> dict[str, Any]:
    """The settings of a small experiment on the generator, without optimizer and epochs."""
    arguments = dict(generator.example)
    columns = describe_columns(Component("generators", generator.name, arguments))
    layers, loss = _end(columns)
    written = {generator.name: arguments} if arguments else generator.name
    return {"data": {"generator": written}, "layers": [*_beginning(columns.inputs), *layers], "loss": loss}


def _beginning(inputs: tuple[Column, ...]) -> list[Any]:
    """The layers that make a vector of what is no vector of numbers."""
    first = inputs[0]
    if first.name == "tokens" and not first.dimensions and first.extent:
        return [{"Embedding": {"input_dim": int(first.extent[1]) + 1, "output_dim": 16}}, "Flatten"]
    return ["Flatten"] if first.dimensions else []


def _end(columns: Columns) -> tuple[list[Any], str]:
    """The last layers and the loss that suit the targets."""
    targets, classes = columns.targets, columns.classes
    if classes == 2:
        return [{"Dense": {"units": 1, "activation": "sigmoid"}}], "binary_crossentropy"
    if classes:
        return [{"Dense": {"units": classes, "activation": "softmax"}}], "sparse_categorical_crossentropy"
    if targets[0].is_label and targets[0].extent:  # a label for each step
        steps, units = len(targets), int(targets[0].extent[1]) + 1
        shaped = [{"Dense": {"units": steps * units}}, {"Reshape": {"target_shape": [steps, units]}}, "Softmax"]
        return shaped, "sparse_categorical_crossentropy"
    return [{"Dense": {"units": len(targets)}}], "mse"
