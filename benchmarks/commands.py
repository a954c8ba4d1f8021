"""Whole commands: `nnrun train` on a shipped experiment, and the plain Keras script for the same training."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
EXPERIMENTS = HERE.parent / "experiments"
NNRUN = Path(sys.executable).parent / "nnrun"

# From the folder for its results to the words of a command.
Command = Callable[[Path], list[str]]


@dataclass(frozen=True)
class Pair:
    """An experiment and the plain script of the same training.

    Args:
        experiment: the experiment file's stem.
        script: the plain script's stem.
        target: by which factor `nnrun train` should be faster than the script.
    """

    experiment: str
    script: str
    target: float


PAIRS = (
    Pair("bilinear", "bilinear", 30),
    Pair("xor", "xor", 12),
    Pair("house-prices", "house_prices", 9),
    Pair("rounding", "rounding", 2.3),
    Pair("digits-sequential", "digits", 1.5),
)


def train_command(experiment: str) -> Command:
    """`nnrun train` on a shipped experiment."""
    file = str(EXPERIMENTS / f"{experiment}.yaml")
    return lambda folder: [str(NNRUN), "train", file, "--runs-dir", str(folder / "runs")]


def script_command(pair: Pair) -> Command:
    """The plain script of a pair."""
    return lambda folder: [sys.executable, str(HERE / "plain" / f"{pair.script}.py"), str(folder / "plain")]


def environment() -> dict[str, str]:
    """What a command finds in its environment."""
    variables = {**os.environ, "MPLBACKEND": "Agg"}  # where there is a display, pyplot would open windows
    variables.pop("PYTHONDONTWRITEBYTECODE", None)  # the warm-up leaves the bytecode that an installation has
    return variables
