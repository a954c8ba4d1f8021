"""`nnrun judge`: a finished run compared with its expectations, or with others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli.run_argument import FILE_OR_RUN, RUN, takes_runs

if TYPE_CHECKING:
    from nnrun.runs.judge.judged_run import JudgedRun

_NOT_MET = 1


@click.command()
@click.argument("run", type=RUN)
@click.option(
    "--expect",
    "texts",
    multiple=True,
    metavar="CONDITION",
    help="A condition in place of those of the experiment; may be given several times.",
)
@click.option(
    "--baseline",
    type=FILE_OR_RUN,
    metavar="RUN|FILE",
    help="The run that baseline(…) means, or a file such as its run.json or metrics.json.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as one line of JSON.")
@takes_runs
def judge(run: Path, texts: tuple[str, ...], baseline: Path | None, as_json: bool) -> int:
    """Judge a finished run by its expectations, or by others.

    The expectations are those of its experiment, or those of --expect. Prints for each whether it is met, the value,
    the bound where the expectation does not end with it, by how much the value is past the bound, and the first epoch
    at which it was met. Nothing is trained, and the folder of the run stays as it is.

    RUN is the folder of a run, the beginning of its name, latest, latest:NAME, best:METRIC or SWEEP/INDEX.

    \b
    nnrun judge latest
    nnrun judge latest:xor --expect 'accuracy >= 0.98 by epoch 150' --expect finite
    nnrun judge latest --expect 'val_loss <= 1.05 * baseline(val_loss)' --baseline best:val_loss

    \b
    Exit status: 0 all are met, 1 one is not, 2 a bad expectation, or no such run.
    """
    from nnrun.runs.judge.judged_run import judge_run

    judged = judge_run(run, texts, baseline)
    click.echo(_json(judged) if as_json else _text(judged))
    return 0 if all(verdict.met for verdict in judged.verdicts) else _NOT_MET


def _text(judged: JudgedRun) -> str:
    from nnrun.cli.expectation_table import expectation_table
    from nnrun.cli.terminal import terminal_width
    from nnrun.errors import printable

    return printable("\n".join(expectation_table(judged.verdicts, terminal_width())))


def _json(judged: JudgedRun) -> str:
    import json

    from nnrun.runs.judge.verdicts import plain_verdict

    verdicts = [plain_verdict(verdict) for verdict in judged.verdicts]
    return json.dumps({"folder": str(judged.folder), "expectations": verdicts})
