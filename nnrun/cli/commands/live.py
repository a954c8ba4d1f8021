"""`nnrun live`: a page that trains an experiment file at every save."""

from __future__ import annotations

from pathlib import Path

import click

from nnrun.cli.options import FILE
from nnrun.cli.run_argument import runs_dir_of, takes_runs


@click.command()
@click.argument("files", type=FILE, nargs=-1, required=True, metavar="FILE...")
@click.option("--open", "opened", is_flag=True, help="Open the page in the web browser.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="The port of the page; by default a free one."
)
@click.option("--device", metavar="auto|cpu|gpu|gpu:N|all", help="The device to train on.")
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="Threads within one operation.")
@takes_runs
def live(files: tuple[Path, ...], opened: bool, port: int, device: str | None, threads: int | None) -> None:
    """Train each FILE at every save, and show it learn on a page.

    The address of the page is the line of standard output. It is reached from this machine alone, and only with the
    token that the address contains. The page shows the curves, the prediction over one or two inputs with the data, the
    network with its weights, expectations and diagnostics, each at every epoch, and what is wrong with a file that
    cannot be trained. It can edit the file, and keep the present run as a run folder, as nnrun train makes it; nothing
    else is written. Several files stand side by side.

    \b
    nnrun live xor.yaml --open
    nnrun live narrow.yaml wide.yaml
    """
    from nnrun.cli.signals import raise_if_interrupted
    from nnrun.cli.sweep_options import start_workers
    from nnrun.cli.train_options import make_options
    from nnrun.errors import Problem, UsageError
    from nnrun.experiment.text.yaml_text import read_source
    from nnrun.live.page import live_actions, live_page
    from nnrun.live.server import LiveServer
    from nnrun.live.session import LiveSession
    from nnrun.runs.interval import Interval

    for file in files:
        read_source(file)  # a misspelt name is refused here; a file that is wrong, or goes later, is told on the page
    options = make_options(device, threads, Interval(10.0))
    session = LiveSession(files, options, runs_dir_of(click.get_current_context()), raise_if_interrupted)
    try:
        server = LiveServer(live_page(session), session.messages, live_actions(session), port)
    except OSError as error:
        hint = "Leave --port out for a free one."
        raise UsageError(Problem(f"Port {port} cannot be used: {error.strerror}.", hint=hint)) from error
    server.serve_in_background()
    start_workers(None)
    click.echo(server.address)
    click.echo("Ctrl-C ends it.", err=True)
    if opened:
        import webbrowser

        if not webbrowser.open(server.address):
            click.echo("No web browser could be started.", err=True)
    try:
        with session:
            session.run()
    finally:
        server.close()
