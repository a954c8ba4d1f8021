"""`nnrun explain`: the model as formulas, and one training step by hand, compared with Keras."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

from nnrun.cli.options import set_option
from nnrun.cli.run_argument import FILE_OR_RUN, runs_dir_of, takes_runs
from nnrun.cli.settings import code_access, data_folders
from nnrun.cli.terminal import is_styled
from nnrun.machine import keras_home


@click.command()
@click.argument("file", type=FILE_OR_RUN, metavar="FILE|RUN")
@set_option
@click.option("--step", type=int, default=1, show_default=True, metavar="N", help="Step of the training, from 1.")
@click.option(
    "--rows", type=click.IntRange(min=1), metavar="K", help="Samples of the batch to show; 3 or 1 by default."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "markdown", "html"]),
    default="text",
    show_default=True,
    help="Lines of 80 columns, Markdown with LaTeX, or a page with MathML.",
)
@takes_runs
def explain(file: Path, overrides: tuple[str, ...], step: int, rows: int | None, form: str) -> None:
    """Explain a model and one training step with its numbers.

    Shows the model as formulas, then one step of its training: the forward pass, the loss, the gradient of every weight
    by the chain rule, and the weight update, each number next to the one that Keras computes. FILE is an experiment
    file. For RUN, a run by its folder or name, the trained model and its predictions come first.

    Keras trains the steps before N first, from the initial weights. Dense layers, common losses, SGD, RMSprop and Adam
    are supported, with all numbers for models with up to 70 parameters. For other models, shapes and statistics are
    shown, and the unsupported parts are named.
    """
    from nnrun.cli.stage_line import shown_stages

    with shown_stages(f"reading {file}") as stages:
        from nnrun.model.environment import ignored_settings
        from nnrun.walkthrough.explain import WalkthroughRequest
        from nnrun.walkthrough.explain import explain as explain_request

        warning, runs_dir = ignored_settings(), runs_dir_of(click.get_current_context())
        request = WalkthroughRequest(file, keras_home(), overrides, step, rows, data_folders(), runs_dir, code_access())
        document = explain_request(request, stages.show)
    if warning:
        click.echo(warning, err=True)
    if form == "markdown":
        from nnrun.walkthrough.write_markdown import as_markdown

        click.echo(as_markdown(document), nl=False)
    elif form == "html":
        from nnrun.walkthrough.write_html import as_html

        click.echo(as_html(document), nl=False)
    else:
        from nnrun.walkthrough.write_text import as_text

        styled = is_styled(sys.stdout)
        click.echo(as_text(document, partial(click.style, bold=True) if styled else str), nl=False, color=styled)
