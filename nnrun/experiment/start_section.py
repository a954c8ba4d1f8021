"""The section `start:` of an experiment: the run whose weights the network starts from."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nnrun.errors import Place, Problem, did_you_mean, listed, shown
from nnrun.experiment.text.yaml_text import Document

SECTION = "start"
RUN = "run"
DIGEST = "sha256"

# Those of the run's model, of its best or last epoch, or of the epoch of this number; 0 has the initial ones.
StartEpoch = Literal["kept", "best", "last"] | int

_WORDS = ("kept", "best", "last")


@dataclass(frozen=True)
class StartSettings:
    """Where the initial weights come from.

    Args:
        run: the folder of a run, or one of the names by which a run is found.
        epoch: which of its weights.
        layers: the layers that get them; None for all.
        sha256: the digest that they must have, in hexadecimal digits; None for any.
        place: the place of `run`.
        epoch_place: the place of `epoch`, or that of `run`.
        layers_place: the place of `layers`, or that of `run`.
    """

    run: str
    epoch: StartEpoch = "kept"
    layers: tuple[str, ...] | None = None
    sha256: str | None = None
    place: Place | None = None
    epoch_place: Place | None = None
    layers_place: Place | None = None

    @property
    def resolved(self) -> dict[str, Any]:
        """The section with every default filled in."""
        parts = {RUN: self.run, "epoch": self.epoch, "layers": self.layers and [*self.layers], DIGEST: self.sha256}
        return {name: part for name, part in parts.items() if part is not None}

    def takes(self, layer: str) -> bool:
        """Whether a layer gets weights of the run."""
        return self.layers is None or layer in self.layers


def start_overrides(run: Path) -> tuple[str, ...]:
    """The settings, each `PATH=VALUE`, with which an experiment starts from another run than its file says.

    Args:
        run: the folder of the run.
    """
    return f"{SECTION}.{RUN}={json.dumps(str(run.absolute()), ensure_ascii=False)}", f"{SECTION}.{DIGEST}=null"


def read_start(
    document: Document, known: Collection[str], folder: Path, problems: list[Problem]
) -> StartSettings | None:
    """The section of an experiment; None where there is none.

    Args:
        document: the experiment, of which only what its schema allows is read.
        known: the names of its layers; empty where they are not known.
        folder: the absolute path of the folder that the path of the run is relative to.
        problems: a problem for each unknown epoch or layer is added to these.

    Returns:
        The settings; the path of a run that is there is absolute.
    """
    section: Any = document.at((SECTION,))
    if not isinstance(section, dict) or not isinstance(section.get(RUN), str):
        return None
    epoch, layers = section.get("epoch", _WORDS[0]), section.get("layers")
    if isinstance(epoch, str) and epoch not in _WORDS:
        message = f"An epoch to start from is {listed(_WORDS)} or a number from 0. Received: {shown(epoch)}"
        problems.append(Problem(message, document.place((SECTION, "epoch")), did_you_mean(epoch, _WORDS)))
    for i, layer in enumerate(layers or ()):
        if known and layer not in known:
            hint = did_you_mean(layer, known) or f"The layers are {listed(list(known))}."
            problems.append(Problem(f"There is no layer {shown(layer)}.", document.place((SECTION, "layers", i)), hint))
    run_place, *others = (document.places.get((SECTION, key)) for key in (RUN, "epoch", "layers"))
    places = [run_place, *(place or run_place for place in others)]
    run = os.path.normpath(folder / section[RUN]) if (folder / section[RUN]).is_dir() else section[RUN]
    return StartSettings(run, epoch, tuple(layers) if layers else None, section.get(DIGEST), *places)
