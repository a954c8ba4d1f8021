"""`nnrun show-config`: an experiment with its overrides and every default filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nnrun.cli.options import FILE, set_option
from nnrun.cli.settings import code_access, data_folders


@click.command(name="show-config")
@click.argument("file", type=FILE)
@set_option
@click.option("--diff", is_flag=True, help="Show only the differences from FILE.")
def show_config(file: Path, overrides: tuple[str, ...], diff: bool) -> None:
    """Show an experiment with all defaults filled in.

    Prints the resolved.yaml that training FILE would write: with the overrides and every default.
    """
    import difflib

    from nnrun.errors import printable
    from nnrun.experiment.text.dump import dump
    from nnrun.experiment.text.yaml_text import decode, parse_document
    from nnrun.load import load_experiment
    from nnrun.runs import layout
    from nnrun.runs.recorded_files import data_files_of

    files = data_files_of(file, data_folders(), code_access(), in_part=True)
    experiment = load_experiment(file, overrides, files=files)
    if experiment.columns.looked_at is not None:
        rows = f"the first {experiment.columns.looked_at:,} rows"
        click.echo(
            f"The data file is large, and {rows} of it were checked. No setting depends on the others.", err=True
        )
    resolved = dump(experiment.resolved)
    if not diff:
        click.echo(resolved, nl=False)
        return
    written = parse_document(decode(experiment.source, str(file)), str(file)).value
    before = dump(in_order_of(experiment.resolved, written))
    lines = difflib.unified_diff(
        before.splitlines(), resolved.splitlines(), printable(str(file)), layout.RESOLVED, lineterm=""
    )
    click.echo("".join(f"{line}\n" for line in lines), nl=False)


def in_order_of(model: Any, value: Any) -> Any:
    """`value` with the keys of its mappings in the order of `model`; other keys follow."""
    if isinstance(model, dict) and isinstance(value, dict):
        keys = dict.fromkeys([*(key for key in model if key in value), *value])
        return {key: in_order_of(model.get(key), value[key]) for key in keys}
    if isinstance(model, list) and isinstance(value, list):
        models = [*model, *[None] * len(value)]
        return [in_order_of(inner, item) for inner, item in zip(models, value, strict=False)]
    return value
