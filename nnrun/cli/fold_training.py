"""The folds of an experiment, which `nnrun train` trains as one sweep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nnrun.cli import sweep_options, sweep_output
from nnrun.cli.options import refuse_options
from nnrun.cli.settings import code_access, data_folders

if TYPE_CHECKING:
    from nnrun.run_options import RunOptions


def train_folds(
    file: Path,
    options: RunOptions,
    *,
    overrides: tuple[str, ...],
    name: str | None,
    runs_dir: Path,
    quiet: bool,
    as_json: bool,
) -> int | None:
    """Trains every fold of an experiment that has folds and chooses none; the exit status, or None for any other.

    Args:
        file: the experiment file.
        options: its device, its threads, 1 by default as for every sweep, and whether a report is written.
        overrides: settings to change, each `PATH=VALUE`.
        name: the experiment's name in place of the file's own.
        runs_dir: the folder of all runs.
        quiet: whether nothing but the folder and failures is printed.
        as_json: whether to print the record.
    """
    from nnrun.data.files.data_files import cell_room
    from nnrun.sweep.plan.fold_plan import plan_folds

    room = cell_room(options.keras_home)
    plan = plan_folds(file, overrides, name, data_folders(), runs_dir, code_access(), room)
    if plan is None:
        return None
    refuse_options(("if_needed", "watch", "every"), "the folds are a sweep; --set data.fold=1 trains one of them.")
    plan.refuse_too_large(options.memory)
    sweep_options.start_workers(None)
    from nnrun.cli.sweep_progress import make_listener
    from nnrun.sweep.sweep import run_sweep

    how = {"keep": "all", "device": options.device or "auto", "threads": options.threads or 1}
    swept = sweep_options.make_options(1, None, **how, report=options.reported, ending="")
    with make_listener(quiet) as listener:
        done = run_sweep(plan, swept, listener, runs_dir=runs_dir)
    return sweep_output.conclude(done, quiet, as_json)
