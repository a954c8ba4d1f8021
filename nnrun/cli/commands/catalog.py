"""`nnrun catalog`: what an experiment can be made of, with arguments, defaults and examples."""

from __future__ import annotations

import click

from nnrun.cli.completion import complete_kinds, complete_names
from nnrun.cli.options import debug_option


@click.command()
@click.argument("kind", required=False, shell_complete=complete_kinds)
@click.argument("name", required=False, shell_complete=complete_names)
@debug_option
def catalog(kind: str | None, name: str | None) -> None:
    """Show what an experiment can be made of.

    Without arguments the kinds and how many there are of each; with KIND, in the plural, the names of that kind; with
    KIND and NAME what it is, its arguments, and an example.
    """
    from nnrun.cli import lookup
    from nnrun.cli.layout import terminal_width

    width = terminal_width()
    if kind is None:
        lines = lookup.kinds(width)
    elif name is None:
        lines = lookup.names(kind, width)
    else:
        lines = lookup.component(kind, name, width)
    click.echo("\n".join(lines))
