"""Options that several commands share, and what the environment says."""

from __future__ import annotations

import os
from pathlib import Path

import click

from nnrun.cli.completion import ExperimentFile

# What cannot be opened is reported like every other problem, so click does not look at it.
FILE = ExperimentFile(path_type=Path)
FOLDER = click.Path(path_type=Path)

set_option = click.option(
    "--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a setting, as optimizer.learning_rate=0.01."
)
debug_option = click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")


def keras_home() -> Path:
    """Where Keras keeps downloaded sets."""
    return Path(os.environ.get("KERAS_HOME", Path.home() / ".keras"))
