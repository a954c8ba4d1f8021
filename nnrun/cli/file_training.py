"""What `nnrun train` does with its files and runs: trains one, or several one after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nnrun.cli import train_options
from nnrun.cli.fold_training import train_folds
from nnrun.cli.fresh_process import LeftToTrain, go_on_in_fresh_process, replaceable_command
from nnrun.cli.one_by_one import shared_artist, shared_models, train_until

if TYPE_CHECKING:
    from nnrun.plots.artist import Artist
    from nnrun.run_options import RunOptions


@dataclass(frozen=True)
class FileTraining:
    """How files and runs are trained.

    Args:
        options: how each is trained.
        where: the overrides, the name and the runs folder of all runs.
        if_needed: whether only what no completed run has trained is trained.
        quiet: whether only folders are printed.
        watch: whether the loss is drawn in the terminal.
        as_json: whether results are printed as JSON.
    """

    options: RunOptions
    where: Mapping[str, Any]
    if_needed: bool
    quiet: bool
    watch: bool
    as_json: bool

    def train_all(self, left: LeftToTrain, count: int) -> int:
        """The worst exit status of those that are left of so many files and runs; a fresh process may train the last.

        Args:
            left: what is left of them, with the status of the others.
            count: how many the command has.
        """
        if count == 1:
            return self._train(left.files[0], self.options, lambda: self.options.artist)
        command, models = replaceable_command(), self.options.models or shared_models(wanted=True)
        options = replace(self.options, models=models)
        is_full = (lambda: models.are_full) if command is not None and models is not None else lambda: False
        with shared_artist(options.plotted and options.artist is None) as artist:
            train = partial(self._train, options=options, artist=lambda: artist() or options.artist, several=True)
            status, rest = train_until(is_full, left.files, train)
        status = max(status, left.status)
        if command is not None and rest:
            go_on_in_fresh_process(command, replace(left, files=tuple(rest), status=status))
        return status

    def _train(
        self, path: Path, options: RunOptions, artist: Callable[[], Artist | None], several: bool = False
    ) -> int:
        from nnrun.runs.record import experiment_of

        file, source = experiment_of(path)
        folded = train_folds(file, options, **self.where, quiet=self.quiet, as_json=self.as_json)
        if folded is not None:
            return folded
        needed = train_options.needed_run(file, options, **self.where) if self.if_needed else None
        run, trained = needed.find() if needed else None, False
        if run is None:
            with train_options.make_listener(self.quiet, self.watch) as listener:
                listener.on_stage(f"reading {path}")
                from nnrun.run import train_file

                given = replace(options, source_run=source, artist=artist())
                train_new = partial(train_file, file, given, listener, **self.where)
                run, trained = needed.find_or_train(train_new, listener) if needed else (train_new(), True)
        if not trained and not self.quiet:
            click.echo(f"{path} was not trained again: {run.folder} has its results.", err=True)
        return train_options.conclude(run, self.as_json, file=path if several else None)
