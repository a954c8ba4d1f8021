"""Pictures within the page: as many as its size allows."""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

_TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".gif": "image/gif"}
# The page draws the history itself.
_DRAWN_ANYWAY = ("history",)
# What each picture shows, in the order of the page; others come after them.
_CAPTIONS = {
    "network": "The network, from its inputs to its outputs",
    "prediction": "The prediction over the input, with the data",
    "surface": "The prediction over the two inputs, with the data",
    "learning": "The prediction during the training",
    "weights": "Weight trajectories",
    "confusion": "Confusion matrix",
    "predicted": "True values and predictions",
    "residuals": "Residuals",
    "classes": "Per-class precision and recall",
    "activations": "Layer activations",
    "mistakes": "The most confident wrong predictions",
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
    figures = {name: _embedded(name, pictures[name]) for name in _chosen(pictures)}
    sizes = {name: len(figure.source) + 2 * len(figure.caption) + _MARKUP for name, figure in figures.items()}
    left_out = []
    while sum(sizes[name] for name in figures) > room:
        largest = max(figures, key=lambda name: sizes[name])
        left_out.append(largest)
        del figures[largest]
    return list(figures.values()), left_out


def _chosen(names: Iterable[str]) -> list[str]:
    """One file per picture, as SVG where there is one, in the page's order."""
    by_stem: dict[str, str] = {}
    for name in sorted(names):  # .gif, .png, .svg
        if PurePath(name).suffix in _TYPES and PurePath(name).stem not in _DRAWN_ANYWAY:
            by_stem[PurePath(name).stem] = name
    order = list(_CAPTIONS)
    return [by_stem[stem] for stem in sorted(by_stem, key=lambda s: order.index(s) if s in order else len(order))]


def _embedded(name: str, data: bytes) -> EmbeddedPicture:
    path = PurePath(name)
    source = f"data:{_TYPES[path.suffix]};base64,{base64.b64encode(data).decode()}"
    return EmbeddedPicture(_CAPTIONS.get(path.stem, path.stem), source)
