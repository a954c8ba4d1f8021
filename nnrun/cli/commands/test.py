"""`nnrun test`: experiment files as tests."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli import sweep_options, train_options
from nnrun.cli.frozen_output import update_golden
from nnrun.cli.held_resources import held_resources
from nnrun.cli.options import FILE, quiet_option
from nnrun.cli.run_argument import FILE_OR_RUN, runs_dir_of, takes_runs
from nnrun.runs.storage_errors import refuse_missing_folder, storage_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nnrun.testing.case_results import CaseResults

# Where a GitHub workflow takes a summary, and what says that a command runs in one.
_STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
_IN_WORKFLOW = "GITHUB_ACTIONS"
# More processes by default would need more memory than they save time.
_MOST_JOBS = 8

_LEFT_OUT = ("animation", "plots", "report")
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("paths", nargs=-1, type=FILE, metavar="[PATH...]")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many processes train; by default one per processor, at most 8. The results are the same for any number.",
)
@click.option("--shard", metavar="I/N", help="Test only every Nth file, from the Ith on, as one of N machines does.")
@click.option(
    "--seeds", type=click.IntRange(min=1), metavar="K", help="Train each experiment with the seeds 0 to K − 1."
)
@click.option("--junit", type=_FILE, metavar="FILE", help="Write the results as JUnit XML, for Jenkins and GitLab.")
@click.option("--markdown", type=_FILE, metavar="FILE", help="Write a summary in Markdown.")
@click.option(
    "--update", is_flag=True, help="First write the golden files of these experiments anew, with as many seeds."
)
@click.option("--keep", is_flag=True, help="Keep the runs of experiments that pass, too.")
@click.option(
    "--baseline", type=FILE_OR_RUN, metavar="RUN|FILE", help="The run that baseline(…) means in an expectation."
)
@takes_runs
@click.option(
    "--device", metavar="auto|cpu|gpu|gpu:N|all", help="The device to train on; by default the first GPU, else the CPU."
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    metavar="N",
    help="Threads within one operation; by default those of the golden files, else one per processor, of a sweep 1.",
)
@quiet_option("Print only what fails, and how many passed.")
def test(
    paths: tuple[Path, ...],
    jobs: int | None,
    shard: str | None,
    seeds: int | None,
    junit: Path | None,
    markdown: Path | None,
    update: bool,
    keep: bool,
    baseline: Path | None,
    device: str | None,
    threads: int | None,
    quiet: bool,
) -> int:
    """Train experiment files and test what they expect.

    PATH is an experiment file, or a folder: in it and below, files that end with .nnrun.yaml are experiments, and YAML
    files with data, layers and epochs. By default it is the present folder. Each experiment is trained as nnrun train
    FILE trains it, without plots and report, and passes if it meets its expectations; one without expectations passes
    if it is trained to its end with finite weights. Runs are removed, but for those that fail.

    With --seeds, an expectation is met if it is met with every seed, or with the share of them that the file asks for.

    A training is held against FILE.golden.json beside its file, if nnrun freeze has written one, with the number of
    threads that the golden files were made with.

    In a GitHub workflow, what fails is shown at the line of its expectation, and the summary below the workflow.

    \b
    nnrun test
    nnrun test experiments --junit results.xml
    nnrun test experiments/xor.yaml --seeds 100

    \b
    Exit status: 0 all passed, 1 an expectation failed, 2 bad experiment, 3 training diverged,
    4 a file could not be written, 64 wrong usage, 130 interrupted; of several the highest.
    """
    from nnrun.testing.case_results import NOTHING_TESTED, run_cases
    from nnrun.testing.discovery import find_experiments

    runs_dir = runs_dir_of(click.get_current_context())
    for report in (junit, markdown):
        if report is not None:
            refuse_missing_folder(report)
    files = _in_shard(find_experiments(paths or (Path(),), runs_dir), shard)
    if not files:
        click.echo(f"There are fewer experiments than shards: none is in shard {shard}.")
        _write_reports(NOTHING_TESTED, junit, markdown)  # which the service collects of every machine
        return 0
    if held_resources() is None:
        sweep_options.start_workers(None)
    from nnrun.cli.run_log import LogOnly
    from nnrun.cli.tested_output import CaseProgress, print_results
    from nnrun.runs.interval import Interval
    from nnrun.testing.case_options import CaseOptions
    from nnrun.testing.golden_checks import golden_files, threads_of

    golden = golden_files(files)
    run = train_options.make_options(
        device, threads or threads_of(golden.values()), Interval(None), _LEFT_OUT, baseline
    )
    options = CaseOptions(run, runs_dir, jobs or _default_jobs(len(files)), seeds, keep, LogOnly)
    if update:
        update_golden(golden, options, quiet)
    with CaseProgress(quiet) as listener:
        done = run_cases(files, options, listener)
    print_results(done, quiet)
    _write_reports(done, junit, markdown)
    return done.exit_status


def _in_shard(files: Sequence[Path], shard: str | None) -> Sequence[Path]:
    """Every Nth file, so that each shard has some of every folder; none where there are fewer files than shards."""
    if shard is None:
        return files
    from nnrun.sweep.plan.shard import parse_shard

    part = parse_shard(shard)
    return files[part.number - 1 :: part.of]


def _default_jobs(files: int) -> int:
    from nnrun.model.processors import available_threads

    return max(1, min(available_threads(), files, _MOST_JOBS))


def _write_reports(done: CaseResults, junit: Path | None, markdown: Path | None) -> None:
    """Writes the files that are asked for, and what a GitHub workflow takes."""
    from nnrun.runs.atomic import write_text

    if junit is not None:
        from nnrun.testing.junit_xml import junit_xml

        write_text(junit, junit_xml(done.results))
    from nnrun.testing.markdown_summary import markdown_summary

    if markdown is not None:
        write_text(markdown, markdown_summary(done))
    if os.environ.get(_IN_WORKFLOW):
        from nnrun.cli.tested_output import workflow_annotations

        for line in workflow_annotations(done):
            click.echo(line)
    if summary := os.environ.get(_STEP_SUMMARY):
        with storage_errors("write", Path(summary)), open(summary, "a", encoding="utf-8") as stream:
            stream.write(markdown_summary(done))
