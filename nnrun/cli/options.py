"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]

# A file that cannot be opened is reported like every other problem of an experiment, so click does not look at it.
FILE = click.Path(path_type=Path)

set_option = click.option(
    "--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change a setting, as optimizer.learning_rate=0.01."
)
debug_option = click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
