"""`nnrun freeze`: an experiment trained over many seeds becomes a golden file, which later runs are held against."""

from __future__ import annotations

from pathlib import Path

import click

from nnrun.cli.frozen_output import write_frozen
from nnrun.cli.one_by_one import train_each
from nnrun.cli.options import FILE, quiet_option, set_option
from nnrun.cli.sweep_options import device_options, start_workers
from nnrun.cli.train_options import make_options

_LEAST_SEEDS = 10


@click.command()
@click.argument("files", type=FILE, nargs=-1, required=True, metavar="FILE...")
@set_option
@click.option(
    "--seeds",
    type=click.IntRange(min=_LEAST_SEEDS),
    default=100,
    show_default=True,
    metavar="N",
    help="With how many seeds to train: 0, 1, 2, … and that of the experiment.",
)
@click.option(
    "--level",
    type=click.FloatRange(min=0, max=0.5, min_open=True),
    metavar="P",
    help="The largest probability that a run with a new seed is a false alarm; by default 0.01, or what N seeds allow.",
)
@click.option(
    "--jobs", type=click.IntRange(min=1), default=1, show_default=True, metavar="N", help="How many processes train."
)
@device_options
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The golden file of a single FILE; by default FILE.golden.json.",
)
@quiet_option("Print only the golden file's path.")
def freeze(
    files: tuple[Path, ...],
    overrides: tuple[str, ...],
    seeds: int,
    level: float | None,
    jobs: int,
    device: str,
    threads: int,
    out: Path | None,
    quiet: bool,
) -> int:
    """Train an experiment with many seeds and write a golden file.

    FILE.golden.json has the metrics of each seed at a few epochs with their prediction intervals, a digest of its
    weights and data, the versions and the machine. nnrun test then finds trainings that have changed although their
    file has not: with the same versions, threads and processor by the digests, elsewhere by the metrics. An existing
    golden file is replaced.

    \b
    nnrun freeze experiments/xor.yaml
    nnrun freeze experiments/*.yaml --seeds 200 --jobs 2

    \b
    Exit status: 0 written; otherwise as for train; of several files the highest.
    """
    if out is not None and len(files) > 1:
        raise click.UsageError("--out names one golden file; several files need golden files of their own.")
    from nnrun.golden.freeze import FreezeOptions
    from nnrun.golden.golden_file import golden_path
    from nnrun.runs.interval import Interval

    start_workers(None)
    run = make_options(device, threads, Interval(None))
    options = FreezeOptions(run, seeds, level, jobs, overrides)
    return train_each(files, lambda file: write_frozen(file, out or golden_path(file), options, quiet))
