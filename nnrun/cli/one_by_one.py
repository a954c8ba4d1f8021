"""Several trainings of one command, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nnrun.cli.signals import drop_actions
from nnrun.errors import NnrunError

if TYPE_CHECKING:
    from nnrun.plots.artist import Artist
    from nnrun.training.shared_models import SharedModels


def train_each(paths: Sequence[Path], train: Callable[[Path], int]) -> int:
    """Trains one experiment after another; the error of one is printed, and the others are trained all the same.

    Args:
        paths: the experiments as the user named them.
        train: trains one of them and returns its exit status.

    Returns:
        The worst exit status: the highest number.

    Raises:
        NnrunError: there is one experiment alone, and it has failed.
        Interrupted: a signal came; the experiments that follow are not trained.
    """
    if len(paths) == 1:
        return train(paths[0])
    return train_until(lambda: False, paths, train)[0]


def train_until(
    is_full: Callable[[], bool], paths: Sequence[Path], train: Callable[[Path], int]
) -> tuple[int, Sequence[Path]]:
    """The worst exit status of the experiments, and those that are left once the process is full.

    Args:
        is_full: whether this process should train no further ones.
        paths: the experiments, each of several.
        train: as for `train_each`, whose errors apply.
    """
    worst = 0
    for number, path in enumerate(paths):
        if number and is_full():
            return worst, paths[number:]
        worst = max(worst, _status(path, train))
    return worst, ()


@contextmanager
def shared_artist(wanted: bool) -> Iterator[Callable[[], Artist | None]]:
    """A function that gives the process which draws for all runs; it is started at the first call, if it is wanted."""
    with ExitStack() as stack:

        @cache
        def artist() -> Artist | None:
            from nnrun.plots.artist import Artist

            return stack.enter_context(Artist()) if wanted else None

        yield artist


def shared_models(wanted: bool) -> SharedModels | None:
    """The models of all runs of a command, if they are wanted."""
    if not wanted:
        return None
    from nnrun.training.shared_models import SharedModels

    return SharedModels()


def _status(path: Path, train: Callable[[Path], int]) -> int:
    try:
        status = train(path)
    except NnrunError as error:
        text = str(error)
        click.echo(text if text.startswith(f"{path}:") else f"{path}: {text}", err=True)
        status = error.exit_status
    drop_actions()
    return status
