"""What a sweep over seeds has of its trials, as a golden file keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from pathlib import Path

from nnrun.golden.chosen_epochs import golden_epochs
from nnrun.golden.frozen_rows import rows_of_seeds
from nnrun.golden.golden_file import FrozenNetwork, FrozenRun
from nnrun.golden.measured_run import runs_of_table
from nnrun.sweep.plan.plan import SweepPlan
from nnrun.sweep.table.trial_block import WEIGHTS
from nnrun.sweep.table.trial_table import TrialTable


@dataclass(frozen=True)
class SweptRuns:
    """The completed trials of a sweep over seeds.

    Args:
        runs: the trials, in the order of their seeds.
        network: what no seed changes; of streamed data the training rows are not counted, and 0.
        epochs: the chosen epochs.
    """

    runs: tuple[FrozenRun, ...]
    network: FrozenNetwork
    epochs: tuple[int, ...]


def read_swept_runs(folder: Path, plan: SweepPlan, keras_home: Path) -> SweptRuns:
    """Reads the table of a sweep over seeds, which has the weights of the trials, and makes their rows again.

    Args:
        folder: the folder of the sweep.
        plan: the sweep.
        keras_home: the folder of Keras's downloaded sets.

    Raises:
        ExperimentError, StorageError: the data cannot be made, or the table not be read.
    """
    table, epochs = TrialTable.open(folder), golden_epochs(plan.most_epochs)
    rows = rows_of_seeds(plan, keras_home)
    runs = sorted(runs_of_table(table, rows.digests, epochs), key=lambda run: run.seed)
    shapes = {name.removeprefix(WEIGHTS): table.columns[name].tail for name in table.names(WEIGHTS)}
    network = FrozenNetwork(parameters=sum(map(prod, shapes.values())), training_rows=rows.training or 0, shapes=shapes)
    return SweptRuns(tuple(runs), network, epochs)
