"""Pictures within the page: as many as its size allows."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from nnrun.html.frame import escaped

_TYPES = {".png": "image/png", ".svg": "image/svg+xml", ".gif": "image/gif"}
# The page draws the history itself.
_DRAWN_ANYWAY = ("history",)
# What each picture shows, in the order of the page; others come after them.
_CAPTIONS = {
    "network": "The network, from its inputs to its outputs.",
    "prediction": "The prediction over the input, beside the data.",
    "surface": "The prediction over the plane of the two inputs.",
    "learning": "The prediction from the first epoch to the last.",
    "weights": "The weights from epoch to epoch.",
    "confusion": "The true classes against the predicted ones.",
    "predicted": "The true values against the predicted ones.",
    "residuals": "What the prediction is off by.",
    "classes": "Each class by itself.",
    "activations": "What the layers answer.",
    "mistakes": "The rows that are answered worst.",
}


@dataclass(frozen=True)
class Shown:
    """The figures of a page, and the names of the files that it has no room for."""

    figures: tuple[str, ...]
    left_out: tuple[str, ...]


def embed(pictures: Mapping[str, bytes], room: int) -> Shown:
    """The pictures as figures; the largest are left out until the rest has room.

    Args:
        pictures: the bytes of each file by its name.
        room: how many characters of the page they may take.
    """
    figures = {name: _figure(name, pictures[name]) for name in _chosen(pictures)}
    left_out = []
    while sum(map(len, figures.values())) > room:
        largest = max(figures, key=lambda name: len(figures[name]))
        left_out.append(largest)
        del figures[largest]
    return Shown(tuple(figures.values()), tuple(left_out))


def _chosen(names: Iterable[str]) -> list[str]:
    """One file per picture, as SVG where there is one, in the page's order."""
    by_stem: dict[str, str] = {}
    for name in sorted(names):  # .gif, .png, .svg
        if PurePath(name).suffix in _TYPES and PurePath(name).stem not in _DRAWN_ANYWAY:
            by_stem[PurePath(name).stem] = name
    order = list(_CAPTIONS)
    return [by_stem[stem] for stem in sorted(by_stem, key=lambda s: order.index(s) if s in order else len(order))]


def _figure(name: str, data: bytes) -> str:
    path = PurePath(name)
    caption = escaped(_CAPTIONS.get(path.stem, path.stem))
    source = f"data:{_TYPES[path.suffix]};base64,{base64.b64encode(data).decode()}"
    return f'<figure class="picture"><figcaption>{caption}</figcaption><img src="{source}" alt="{caption}"></figure>'
