"""Pictures within the page: as many as its size allows."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

_TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".gif": "image/gif"}
_HISTORY = "history"  # which the page draws itself
# What each picture shows, in the order of the page; others come after them.
_CAPTIONS = {
    _HISTORY: "Loss and metrics over the epochs",
    "network": "The network, from its inputs to its outputs",
    "forecast": "The forecast against the series",
    "prediction": "The prediction over the input, with the data",
    "surface": "The prediction over the two inputs, with the data",
    "learning": "The prediction during the training",
    "weights": "Weight trajectories",
    "confusion": "Confusion matrix",
    "predicted": "True values and predictions",
    "residuals": "Residuals",
    "classes": "Per-class precision and recall",
    "activations": "Layer activations",
    "examples": "Samples with their true class, and where it is wrong the predicted one",
    "mistakes": "The most confident wrong predictions behind each cell of the confusion matrix",
}
_MARKUP = 200  # characters of a figure beside its picture and its caption


@dataclass(frozen=True)
class EmbeddedPicture:
    """A picture as a `data:` address, with its caption."""

    caption: str
    source: str


def embed(pictures: Mapping[str, bytes], room: int) -> tuple[list[EmbeddedPicture], list[str]]:
    """The pictures that have room, and the names of the files that have none, the largest first.

    Args:
        pictures: the bytes of each file by its name.
        room: how many characters of the page they may take.
    """
    figures = {name: _embedded(name, pictures[name]) for name in chosen(pictures) if PurePath(name).stem != _HISTORY}
    sizes = {name: len(figure.source) + 2 * len(figure.caption) + _MARKUP for name, figure in figures.items()}
    left_out = []
    while sum(sizes[name] for name in figures) > room:
        largest = max(figures, key=lambda name: sizes[name])
        left_out.append(largest)
        del figures[largest]
    return list(figures.values()), left_out


def chosen(names: Iterable[str], suffixes: Sequence[str] = (".svg", ".png", ".gif")) -> list[str]:
    """One file per picture, in the page's order.

    Args:
        names: the names of the files.
        suffixes: the types that can be shown, the best one first.
    """
    by_stem: dict[str, str] = {}
    for suffix in reversed(suffixes):
        by_stem |= {PurePath(name).stem: name for name in sorted(names) if PurePath(name).suffix == suffix}
    order = list(_CAPTIONS)
    return [by_stem[stem] for stem in sorted(by_stem, key=lambda s: order.index(s) if s in order else len(order))]


def caption(name: str) -> str:
    """What the picture in a file shows."""
    stem = PurePath(name).stem
    return _CAPTIONS.get(stem, stem)


def _embedded(name: str, data: bytes) -> EmbeddedPicture:
    source = f"data:{_TYPES[PurePath(name).suffix]};base64,{base64.b64encode(data).decode()}"
    return EmbeddedPicture(caption(name), source)
