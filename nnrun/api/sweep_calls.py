"""`nnrun.sweep` and `nnrun.load_sweep`: an experiment trained many times, and the tables that compare the trials."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from nnrun.api.ctrl_c import deferred_interrupt
from nnrun.api.python_listener import PythonSweepListener
from nnrun.api.python_settings import (
    NAME,
    Settings,
    experiment_source,
    grids_of,
    named_problems,
    named_settings,
    overrides_of,
)
from nnrun.api.refused_arguments import refuse_count, refuse_unknown
from nnrun.api.stored import AnyPath, Run, folder_of_runs
from nnrun.machine import code_access, data_folders, keras_home, machine_memory
from nnrun.runs import layout

if TYPE_CHECKING:
    from nnrun.experiment.code.code_file import CodeAccess
    from nnrun.sweep.plan.plan import SweepPlan
    from nnrun.sweep.sweep_record import SweepRecord

Rows = list[dict[str, Any]]

_SAFE_PATH = "PYTHONSAFEPATH"


class TrainedSweep:
    """A sweep: what its folder holds.

    Args:
        path: its folder.

    Attributes:
        path: its folder.
    """

    def __init__(self, path: AnyPath) -> None:
        self.path = Path(path)

    @cached_property
    def record(self) -> SweepRecord:
        """The facts about it as a whole: the content of `sweep.json`.

        Raises:
            StorageError: it cannot be read.
        """
        from nnrun.sweep.sweep_record import read_sweep_record

        return read_sweep_record(self.path)

    @property
    def trials(self) -> Rows:
        """A row per finished trial: `index`, its settings, `status`, metrics as `final_…` and `best_…`, `path`.

        Trials that are rows of a table have no folder, and no `path`.

        Raises:
            StorageError: the table cannot be read.
        """
        rows = self._rows(layout.TRIALS_TABLE)
        return [{**row, "path": str(self.path / str(row["folder"]))} if "folder" in row else row for row in rows]

    @property
    def summary(self) -> Rows:
        """A row per configuration and measure, over its seeds: median, interval, mean, standard deviation.

        Raises:
            StorageError: the table cannot be read.
        """
        return self._rows(layout.SUMMARY)

    @property
    def best(self) -> Run | None:
        """The trial with the best objective, else with the lowest final loss; None where none has one, or a folder.

        Of a table `record.best` has its number and settings.
        """
        best = self.record.best
        return Run(self.path / best.folder) if best and best.folder else None

    def _rows(self, name: str) -> Rows:
        from nnrun.experiment.text.yaml_text import read_plain
        from nnrun.sweep.results.tables import read_table

        path = self.path / name
        rows = read_table(path) if path.is_file() else []
        return [{column: read_plain(cell) for column, cell in row.items()} for row in rows]

    def __repr__(self) -> str:
        return f'<nnrun.TrainedSweep "{self.path}">'

    def _repr_html_(self) -> str:
        from nnrun.api.notebook_view import sweep_html

        return sweep_html(self.path, self.record, self.summary)


def sweep(
    experiment: AnyPath | Mapping[str, Any],
    grid: Mapping[str, Sequence[Any] | str] | None = None,
    settings: Settings | None = None,
    *,
    jobs: int = 1,
    keep: Literal["all", "best", "none", "table"] | None = None,
    runs_dir: AnyPath | None = None,
    device: str = "auto",
    threads: int = 1,
    verbose: bool = False,
    allow_code: bool = False,
) -> TrainedSweep:
    """Trains an experiment many times, in processes of their own, as `nnrun sweep` does.

    Args:
        experiment: an experiment file, or the settings of one as a mapping; its section `sweep` defines trials too.
        grid: values by the path of a setting: a list, a range, or a text such as `log(1e-4, 1e-1, 5)`.
        settings: settings of every trial, by path.
        jobs: how many processes train.
        keep: whose weights are saved; the best trial becomes a whole run with `best`, and with `table` no trial has a
            folder. By default all of them, from 2,000 trials on `table`.
        runs_dir: the folder of all runs; by default `NNRUN_RUNS_DIR`, else `runs`.
        device: the device, as for `train`.
        threads: threads within one operation, the same for every trial.
        verbose: whether to print a line of progress a second.
        allow_code: whether to run the Python code that the experiment names; without it that is refused.

    Returns:
        The sweep; the `status` of its trials says which of them failed.

    Raises:
        ExperimentError: a trial is not valid, or an argument has a value that it cannot take; nothing is trained.
        StorageError: a file or folder could not be written.
        KeyboardInterrupt: Ctrl-C; the folder keeps the finished trials, and `nnrun resume` trains the others.
    """
    from nnrun.experiment.sweep_section import Keep
    from nnrun.sweep.sweep import SweepOptions, run_sweep

    for name, count in (("jobs", jobs), ("threads", threads)):
        refuse_count(name, count)
    refuse_unknown("keep", keep, get_args(Keep))
    source = experiment_source(experiment) if isinstance(experiment, Mapping) else None
    options = SweepOptions(keras_home(), jobs, threads, device, keep, report=True)
    listener = PythonSweepListener(verbose=verbose)
    with named_settings(source), _environment_kept(), deferred_interrupt(listener.describe_interrupt) as listener.check:
        options_of_trials = overrides_of(settings), grids_of(grid), folder_of_runs(runs_dir), code_access(allow_code)
        plan = _plan(experiment, source, *options_of_trials)
        listener.show_warnings(named_problems(plan.warnings, source))
        done = run_sweep(plan, options, listener, runs_dir=folder_of_runs(runs_dir))
    return TrainedSweep(done.folder)


def load_sweep(sweep: AnyPath | TrainedSweep, *, runs_dir: AnyPath | None = None) -> TrainedSweep:
    """A sweep by its folder or name.

    Args:
        sweep: a folder, the name of a sweep or its beginning, `latest:NAME`.
        runs_dir: the folder of all runs; by default `NNRUN_RUNS_DIR`, else `runs`.

    Raises:
        StorageError: there is no such sweep, or it could be several.
    """
    if isinstance(sweep, TrainedSweep):
        return sweep
    from nnrun.store.references import find_run

    found = TrainedSweep(find_run(os.fspath(sweep), folder_of_runs(runs_dir), sweeps=True))
    _ = found.record  # an error comes here, not at the first use
    return found


def _plan(
    experiment: AnyPath | Mapping[str, Any],
    source: bytes | None,
    overrides: tuple[str, ...],
    grids: tuple[str, ...],
    runs_dir: Path,
    code: CodeAccess | None,
) -> SweepPlan:
    from nnrun.data.files.data_files import cell_room
    from nnrun.sweep.plan.plan import SweepRequest, plan_sweep, request_sweep

    room = cell_room(keras_home())
    if source is None:
        assert not isinstance(experiment, Mapping)
        request = request_sweep(Path(experiment), overrides, grids, data_folders(), runs_dir, code, room)
    else:
        anywhere = Path(Path.cwd().anchor)  # the program itself names its files
        folders = (*data_folders(), anywhere)
        request = SweepRequest(source, NAME, Path.cwd(), overrides, grids, folders, (), runs_dir, code, room)
    plan = plan_sweep(request)
    plan.refuse_too_large(machine_memory())
    return plan


@contextmanager
def _environment_kept() -> Iterator[None]:
    """Restores the variable that keeps the present folder from the paths of processes that train."""
    before = os.environ.get(_SAFE_PATH)
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(_SAFE_PATH, None)
        else:
            os.environ[_SAFE_PATH] = before
