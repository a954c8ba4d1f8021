"""`nnrun sweep`: one experiment file becomes many runs and the tables that tell what they say together."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from nnrun.cli.options import FILE, FOLDER, debug_option, keras_home, set_option
from nnrun.cli.search_progress import describe, tell_best
from nnrun.errors import printable

if TYPE_CHECKING:
    from nnrun.sweep.plan.plan import SweepPlan
    from nnrun.sweep.sweep import Sweep


@click.command()
@click.argument("files", type=FILE, nargs=-1, metavar="[FILE]")
@click.option(
    "--grid",
    "grids",
    multiple=True,
    metavar="PATH=VALUES",
    help="Give a setting each of these values, as seed=0..99 or layers.0.units=[16, 32].",
)
@set_option
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="How many processes train; the results are the same for any number.",
)
@click.option("--dask", metavar="ADDRESS", help="Train on the workers of this Dask scheduler; local to try it here.")
@click.option("--shard", metavar="I/N", help="Train the Ith of N even parts alone, as one of N machines does.")
@click.option("--merge", is_flag=True, help="Join finished shards, whose folders are named, into one sweep.")
@click.option("--resume", type=FOLDER, metavar="SWEEP", help="Go on with the sweep in this folder.")
@click.option("--fail-fast", is_flag=True, help="End the sweep at the first trial that fails.")
@click.option(
    "--keep",
    type=click.Choice(["all", "best", "none"]),
    default="all",
    show_default=True,
    help="Whose weights are kept; the best trial is the one of the lowest final loss, or of a search's objective.",
)
@click.option("--dry-run", is_flag=True, help="List the trials, all of them checked, or what is searched; train none.")
@click.option("--runs-dir", type=FOLDER, default=Path("runs"), show_default=True, help="The folder of all runs.")
@click.option("--device", metavar="auto|cpu|gpu|gpu:N", default="auto", show_default=True, help="Where to train.")
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Threads within one operation, the same for every trial whatever --jobs says.",
)
@click.option("--no-report", is_flag=True, help="Draw no pictures and write no report.html at the end.")
@click.option("-q", "--quiet", is_flag=True, help="Print the sweep's folder alone.")
@click.option("--json", "as_json", is_flag=True, help="Print the sweep's record, or the trials, as one line of JSON.")
@debug_option
def sweep(
    files: tuple[Path, ...],
    grids: tuple[str, ...],
    overrides: tuple[str, ...],
    jobs: int,
    dask: str | None,
    shard: str | None,
    merge: bool,
    resume: Path | None,
    fail_fast: bool,
    keep: Any,
    dry_run: bool,
    runs_dir: Path,
    device: str,
    threads: int,
    no_report: bool,
    quiet: bool,
    as_json: bool,
) -> int:
    """Train the experiment of FILE many times over: a grid, random trials, variants, seeds, a search with Optuna.

    What the trials differ in stands in the file under sweep: or in --grid. VALUES are a list as [16, 32], a range as
    0..99 or 0..100 step 10, or a series as linear(0, 1, 5) or log(1e-4, 1e-1, 5). Every trial is checked before the
    first is trained. The sweep's folder is the last line of standard output; in it are trials.csv, summary.csv,
    pictures, report.html and a run folder per trial.

    \b
    nnrun sweep experiments/xor.yaml --grid seed=0..99
    nnrun sweep experiments/xor.yaml --grid seed=0..9 --grid "optimizer.learning_rate=[0.001, 0.01, 0.1]"
    nnrun sweep --resume runs/20261123-142233-xor-sweep
    nnrun sweep experiments/xor.yaml --grid seed=0..99 --shard 2/4
    nnrun sweep --merge runs/a runs/b runs/c runs/d

    \b
    Exit status: the worst of what the trials alone would have ended with, see train; 130 interrupted.
    """
    command = ("nnrun", *sys.argv[1:])
    if merge and resume is not None:
        raise click.UsageError("Shards are merged or a sweep is resumed, one at a time.")
    if merge or resume is not None:
        _refuse_settled("--merge" if merge else "--resume", anew=bool(grids or overrides or shard or dry_run))
    if merge:
        return _merge(files, runs_dir, command, as_json, report=not no_report)
    if dask not in (None, "local") and jobs != 1:
        raise click.UsageError("With --dask ADDRESS the scheduler's workers train, however many; --jobs is for here.")
    _refuse_other_files(files, resume, grids)
    if jobs > 1 and dask is None and not dry_run:
        from nnrun.sweep.execute.forkserver import start_server

        start_server()  # TensorFlow is loaded by the time that the trials are planned and checked
    if resume is None:
        plan = _plan(files[0], overrides, grids, shard)
        if dry_run:
            _list(plan, as_json)
            return 0
    from nnrun.cli.sweep_progress import watcher
    from nnrun.sweep.sweep import SweepOptions, resume_sweep, run_sweep

    terms = SweepOptions(keras_home(), jobs, threads, device, keep, fail_fast, command, not no_report, dask)
    if resume is not None:
        terms = replace(terms, threads=None, device=None)  # as the sweep began
    with watcher(quiet) as watching:
        if resume is not None:
            done = resume_sweep(resume, terms, watching)
        else:
            done = run_sweep(plan, terms, watching, runs_dir=runs_dir)
    if not quiet:
        tell_best(done)
    return _conclude(done, as_json)


def _refuse_other_files(files: tuple[Path, ...], resume: Path | None, grids: tuple[str, ...]) -> None:
    """Refuses all but one file, or none where a sweep is resumed."""
    if resume is not None and files:
        raise click.UsageError(f"A sweep to --resume brings its FILE along; leave out {files[0]}.")
    if resume is None and not files:
        raise click.UsageError("Name a FILE, or a sweep to --resume, or shards to --merge.")
    if len(files) > 1 and any(grid.count("[") > grid.count("]") for grid in grids):
        raise click.UsageError('A list with blanks needs quotes: --grid "layers.0.units=[16, 32]".')
    if len(files) > 1:
        raise click.UsageError(f"A sweep trains one FILE. Received {len(files)}: {', '.join(map(str, files))}.")


def _refuse_settled(option: str, *, anew: bool) -> None:
    """Refuses what was settled when the sweep began, and would be passed over in silence."""
    if anew:
        raise click.UsageError(f"With {option} the trials are those that the sweep began with.")
    context = click.get_current_context()
    for name in ("threads", "device", "keep"):
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"With {option} there is no --{name}: it is that which the sweep began with.")


def _plan(file: Path, overrides: tuple[str, ...], grids: tuple[str, ...], shard: str | None) -> SweepPlan:
    from nnrun.sweep.plan.plan import plan_sweep, request_sweep
    from nnrun.sweep.plan.shard import parse_shard

    part = parse_shard(shard) if shard is not None else None
    return plan_sweep(request_sweep(file, overrides, grids)).part(part)


def _merge(folders: tuple[Path, ...], runs_dir: Path, command: tuple[str, ...], as_json: bool, *, report: bool) -> int:
    if not folders:
        raise click.UsageError("Name the folders of the shards to --merge.")
    from nnrun.sweep.results.merging import merge_shards
    from nnrun.sweep.results.sweep_report import report_or_warn

    done = merge_shards(folders, runs_dir=runs_dir, command=command)
    if report:
        report_or_warn(done.folder, lambda warning: click.echo(warning, err=True))
    return _conclude(done, as_json)


def _list(plan: SweepPlan, as_json: bool) -> None:
    from nnrun.cli.layout import table, terminal_width
    from nnrun.sweep.plan.trial import written

    if plan.search is not None:
        describe(plan.search, as_json)
        return
    if as_json:
        click.echo(json.dumps([{"index": trial.index, **trial.settings} for trial in plan.trials]))
        return
    rows = [["trial", *plan.columns]]
    rows += [[str(trial.index), *(written(trial.settings[path]) for path in plan.columns)] for trial in plan.trials]
    click.echo(printable("\n".join(table(rows, terminal_width()))))


def _conclude(done: Sweep, as_json: bool) -> int:
    from msgspec import to_builtins

    failed = [outcome for outcome in done.outcomes.values() if outcome.status == "failed"]
    if failed:
        first = min(failed, key=lambda outcome: outcome.index)
        told = f"{len(failed)} of {done.record.trials} trials failed, first {first.folder}: {first.reason}"
        click.echo(printable(told), err=True)
    unmet = sum(outcome.exit_status == 1 for outcome in done.judged)
    if unmet and done.record.search:
        click.echo("The best trial does not meet what is expected of it.", err=True)
    elif unmet:
        click.echo(f"{unmet} of {done.record.trials} trials do not meet what is expected of them.", err=True)
    click.echo(json.dumps({"folder": str(done.folder), **to_builtins(done.record)}) if as_json else str(done.folder))
    return done.exit_status
