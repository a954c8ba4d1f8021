"""An unknown option that is named as a setting: settings are changed by `--set`, and the message says so."""

from __future__ import annotations

import click

_SET = "--set"
_RATES = ("lr", "learning_rate")


def with_its_setting(error: click.UsageError) -> click.UsageError:
    """The error; that of an unknown option such as `--epochs` says how the setting is changed: `--set epochs=…`."""
    if not isinstance(error, click.NoSuchOption) or error.ctx is None:
        return error
    if not any(_SET in parameter.opts for parameter in error.ctx.command.params):
        return error
    path = _path(error.option_name.lstrip("-").replace("-", "_"))
    if path is None:
        return error
    message = f"No such option '{error.option_name}'. Change the setting with {_SET} {path}=…"
    return click.NoSuchOption(error.option_name, message, ctx=error.ctx)


def _path(name: str) -> str | None:
    """The path of the setting that is meant; None where none has this name."""
    from nnrun.experiment.schema.envelope import envelope

    if name in _RATES:
        return "optimizer.learning_rate"
    return name if name in envelope()["properties"] else None
