"""`nnrun catalog`: layers, losses, optimizers and all other components, with arguments and examples."""

from __future__ import annotations

import click

from nnrun.cli.completion import complete_kinds, complete_names


@click.command()
@click.argument("kind", required=False, shell_complete=complete_kinds)
@click.argument("name", required=False, shell_complete=complete_names)
def catalog(kind: str | None, name: str | None) -> None:
    """Show the available layers, losses, optimizers and so on.

    Without arguments: the kinds of components and how many there are of each. With KIND, such as layers: the names of
    that kind. With KIND and NAME: a description, the arguments and an example.

    \b
    nnrun catalog
    nnrun catalog layers
    nnrun catalog layers Dense
    """
    from nnrun.cli import lookup
    from nnrun.cli.terminal import terminal_width

    width = terminal_width()
    if kind is None:
        lines = lookup.kinds(width)
    elif name is None:
        lines = lookup.names(kind, width)
    else:
        lines = lookup.component(kind, name, width)
    click.echo("\n".join(lines))
