"""What a warm worker holds for its commands: models with their programs, and the process that draws."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from nnrun.training.shared_models import SharedModels

if TYPE_CHECKING:
    from nnrun.plots.artist import Artist


@dataclass
class HeldResources:
    """Models and the process that draws, which outlive a command.

    Args:
        models: the models of the last experiments.
    """

    models: SharedModels = field(default_factory=SharedModels)
    _artist: Artist | None = None

    def artist(self) -> Artist:
        """The process that draws; another one where the last has ended."""
        from nnrun.plots.artist import Artist

        if self._artist is None or not self._artist.is_alive:
            self.close()
            self._artist = Artist()
        return self._artist

    def close(self) -> None:
        """Ends the process that draws."""
        if self._artist is not None:
            with suppress(OSError):
                self._artist.__exit__()
        self._artist = None


def held_resources() -> HeldResources | None:
    """What the process holds for the present command; None outside a warm worker."""
    context = click.get_current_context(silent=True)
    return context.find_object(HeldResources) if context else None
