"""The rows of the argument FILE of a command that takes new rows; - is standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.errors import ExperimentError

if TYPE_CHECKING:
    from nnrun.experiment.experiment import Experiment
    from nnrun.predict.new_rows.new_rows import NewRows

STANDARD_INPUT = "standard input"


def rows_of_file(file: Path, experiment: Experiment, *, targets: bool = False) -> NewRows:
    """The rows of a file, or of standard input.

    Args:
        file: a file as `read_rows` takes it, or `-`.
        experiment: the experiment of the model.
        targets: whether the rows must have the targets.

    Raises:
        ExperimentError: it cannot be read, or its rows are none for the model.
    """
    from nnrun.data.files.read_file import MAX_BYTES
    from nnrun.predict.new_rows.read_rows import parse_rows, read_rows

    if str(file) != "-":
        return read_rows(file, experiment, targets=targets)
    content = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ExperimentError(f"Standard input has more than {MAX_BYTES >> 20} MB.")
    return parse_rows(content, STANDARD_INPUT, experiment, targets=targets)


def name_of_rows(file: Path) -> str:
    """What messages and results call it."""
    return STANDARD_INPUT if str(file) == "-" else str(file)
