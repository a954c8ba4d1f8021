"""Free texts as a profile takes texts: as positions among all different ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from nnrun.data.dataset import Part
from nnrun.experiment.columns import Columns


def with_coded_texts(columns: Columns, parts: Mapping[str, Part]) -> tuple[Columns, dict[str, Part]]:
    """Raw rows whose free texts are int32 codes, and their columns with the texts as categories.

    Args:
        columns: what the generator makes.
        parts: the parts by name, as the generator makes them.
    """
    found, coded = {column.name: column for column in columns.inputs}, dict(parts)
    for name in [column.name for column in columns.inputs if column.text]:
        texts = sorted({text for part in parts.values() for text in part.inputs[name][:, 0]})
        found[name] = replace(found[name], categories=tuple(texts))
        positions = {text: position for position, text in enumerate(texts)}
        for key, part in coded.items():
            codes = np.array([[positions[text]] for text in part.inputs[name][:, 0]], np.int32)  # (rows, 1)
            coded[key] = replace(part, inputs=part.inputs | {name: codes})
    return replace(columns, inputs=tuple(found.values())), coded
