"""The data of an experiment twice: in their own units, and as the network receives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nnrun.data.dataset import Dataset, Part
from nnrun.data.files.data_files import DataFiles
from nnrun.data.generate import generate_raw, prepare_raw
from nnrun.data.profile.coded_texts import with_coded_texts
from nnrun.data.profile.data_profile import TRAINING
from nnrun.data.profile.raw_table import RawTable, raw_table
from nnrun.experiment.columns import Column
from nnrun.experiment.experiment import Experiment


@dataclass(frozen=True, eq=False)
class DataTables:
    """Data twice.

    Args:
        raw: the parts by name, in the data's own units.
        prepared: the same rows as the network receives them; none of a file that no experiment names.
        columns: what is known of each column of `prepared`, by its name.
        ordered: whether the order of the rows means something.
        notes: what else is to be said, a sentence each.
    """

    raw: Mapping[str, RawTable]
    prepared: Mapping[str, Part] = field(default_factory=dict)
    columns: Mapping[str, Column] = field(default_factory=dict)
    ordered: bool = False
    notes: tuple[str, ...] = ()


def experiment_tables(experiment: Experiment, keras_home: Path, files: DataFiles) -> DataTables:
    """Makes the data of an experiment, before and after their preparation.

    Args:
        experiment: the experiment.
        keras_home: the folder of Keras's downloaded sets.
        files: the files that were read when the experiment was checked.

    Raises:
        ExperimentError, StorageError: as for `generate`.
    """
    raw = generate_raw(experiment, keras_home, files)
    generated, coded = with_coded_texts(experiment.columns.generated, parts_of(raw))
    tables = {name: raw_table(generated, part) for name, part in coded.items()}
    dataset = prepare_raw(experiment, raw)
    columns, prepared = dataset.columns or experiment.columns, parts_of(dataset)
    known = {column.name: column for column in (*columns.inputs, *columns.targets)}
    ordered = experiment.data.split.kind in ("order", "last") or experiment.data.window is not None
    return DataTables(tables, prepared, known, ordered, tuple(_notes(experiment, raw)))


def _notes(experiment: Experiment, raw: Dataset) -> Iterator[str]:
    data = experiment.data
    if data.folds and data.fold is None:
        yield f"The validation set is the first of {data.folds} folds; --set data.fold=2 shows another."
    samples, shown = experiment.columns.samples, sum(part.rows for part in parts_of(raw).values())
    if experiment.data.stream and (samples is None or shown < samples):
        of = f", of {samples:,} rows in all" if samples else ""
        yield f"The rows are streamed; these are {shown:,} of them{of}. Means and scales are those of these rows."


def parts_of(dataset: Dataset) -> dict[str, Part]:
    """The parts of a dataset by name; only those that there are."""
    parts = {TRAINING: dataset.training, "validation": dataset.validation, "test": dataset.test}
    return {name: part for name, part in parts.items() if part is not None}
