"""Draw a picture of each data generator into `docs/pictures/generators`, for the gallery in `docs/generators.md`.

`python -m tools.draw_generators` draws those whose rows are made or shipped with scikit-learn, and with `--downloads`
those that are downloaded, too; with names it draws these alone. `--check` only looks whether each generator has its
picture and no other file lies there; its exit status is 1 if not.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from nnrun.data.dataset import Part
from nnrun.data.generators.generator import Generator, Resources
from nnrun.data.generators.registry import all_generators, describe_columns, make_source
from nnrun.data.profile.raw_table import RawColumn, RawTable, raw_table
from nnrun.experiment.experiment import Component
from nnrun.plots.picture import Drawing, draw
from nnrun.report.data_picture import data_picture
from tools.generator_gallery import PICTURES, has_example

_WIDTH = 560  # pixels
_COLORS = 128  # a PNG with a palette has a third of the bytes
_MOST_ROWS = 2000


def is_downloaded(generator: Generator) -> bool:
    """Whether the rows come from a file of `keras.datasets`."""
    return generator.group == "public data sets" and generator.link is not None


def drawn_generators() -> Iterator[Generator]:
    """The generators that can be drawn anywhere: those that read no file."""
    for generator in all_generators().values():
        if not generator.files and not is_downloaded(generator) and has_example(generator):
            yield generator


def picture(generator: Generator, keras_home: Path) -> bytes:
    """The picture of the rows with the seed 0, as a PNG.

    Raises:
        RuntimeError: it cannot be drawn.
    """
    component = Component("generators", generator.name, dict(generator.example))
    rows = make_source(component, Resources(np.random.default_rng(0), keras_home)).rows
    table = _shown(raw_table(describe_columns(component), _few(rows)), generator)
    ordered = generator.group == "time series"
    drawn = draw(Drawing(data_picture({"rows": table}, generator.name, ordered=ordered)))
    if drawn.data is None:
        raise RuntimeError(f"{generator.name}: {drawn.failure}")
    return _small(drawn.data)


def _few(rows: Part) -> Part:
    return rows.take(slice(_MOST_ROWS)) if rows.rows > _MOST_ROWS else rows


def _shown(table: RawTable, generator: Generator) -> RawTable:
    """The columns of the picture; a pair of tokens as two columns."""
    columns = [part for column in table.columns for part in _halves(column)]
    if not generator.pictured:
        return replace(table, columns=tuple(columns))
    shown = [column for column in columns if column.name in generator.pictured]
    targets = [column for column in columns if column.role == "target"]
    colored = [] if any(column.role == "target" for column in shown) else targets[:1]
    return replace(table, columns=(*shown, *colored))


def _halves(column: RawColumn) -> Sequence[RawColumn]:
    if column.kind != "vector" or column.values.shape[1:] != (2,):
        return [column]
    return [
        replace(column, name=f"{column.name}[{i}]", kind="number", values=column.values[:, i : i + 1]) for i in (0, 1)
    ]


def _small(png: bytes) -> bytes:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    size = (_WIDTH, round(_WIDTH * image.height / image.width))
    small = image.resize(size, Image.Resampling.LANCZOS).quantize(_COLORS, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    small.save(buffer, "png", optimize=True)
    return buffer.getvalue()


def out_of_step() -> list[str]:
    """The pictures that are missing, and the files that are none of a generator's."""
    found = {path.name for path in PICTURES.iterdir()}
    needed = {f"{generator.name}.png" for generator in drawn_generators()}
    allowed = needed | {f"{name}.png" for name in all_generators()}
    return sorted((needed - found) | (found - allowed))


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the pictures, or check that they are there; 1 if one is missing or of no generator."""
    parser = argparse.ArgumentParser(prog="python -m tools.draw_generators", description="Draw the data generators.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="the generators; by default all")
    parser.add_argument("--check", action="store_true", help="only look whether each has its picture")
    parser.add_argument("--downloads", action="store_true", help="draw the sets that are downloaded, too")
    options = parser.parse_args(arguments)
    if options.check:
        for name in out_of_step():
            sys.stderr.write(f"{PICTURES / name} is out of step; run python -m tools.draw_generators\n")
        return 1 if out_of_step() else 0
    PICTURES.mkdir(parents=True, exist_ok=True)
    chosen = [*drawn_generators(), *(filter(is_downloaded, all_generators().values()) if options.downloads else ())]
    for generator in chosen:
        if not options.names or generator.name in options.names:
            (PICTURES / f"{generator.name}.png").write_bytes(picture(generator, Path.home() / ".keras"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
