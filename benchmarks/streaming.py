"""Rows per second of a training on streamed data against the same training on data in memory.

    python benchmarks/streaming.py [--rows N] [--images N] [--repeat N]

Both sides alternate in one process, with batches of the same size; the epoch that compiles is not timed, and medians
are compared. 784-32-10 trains by both engines that stream, the small convolutional network by the one that `auto`
selects: on images of 28 by 28 pixels in an npz file, and on a folder of PNG files that become 64 by 64 pixels.
Before the first epoch the data are read: once for a training in memory, twice for a streamed one, which writes them as
the network takes them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image
from table import FORMATS, Table, at_least

from nnrun.data.files.data_files import DataFiles
from nnrun.data.generate import generate
from nnrun.data.rows import training_rows
from nnrun.load import load_experiment
from nnrun.model.build import build_model
from nnrun.model.runtime import start_tensorflow
from nnrun.training.rule import ComputedBy
from nnrun.training.train import Fed, Training, TrainingPlan

TARGET = 0.8
_BATCH = 32
_TEXT = """
data: {{generator: {generator}}}
layers: [{layers}]
optimizer: {{SGD: {{learning_rate: 0.01}}}}
loss: sparse_categorical_crossentropy
epochs: 1000
batch_size: 32
"""
_DENSE = "{Dense: {units: 32, activation: relu}}, {Dense: {units: 10, activation: softmax}}"
_CONVOLUTION = (
    "{Conv2D: {filters: 8, kernel_size: 3, activation: relu}}, MaxPooling2D, Flatten, "
    "{Dense: {units: 10, activation: softmax}}"
)
_ARRAYS = "{npz: {path: rows.npz, target: y}}"


@dataclass(frozen=True)
class Case:
    """A training that is timed.

    Args:
        name: what the table calls it.
        engine: what computes its epochs.
        layers: in the words of an experiment file.
        generator: likewise.
        write: writes so many rows into a folder.
    """

    name: str
    engine: ComputedBy
    layers: str
    generator: str
    write: Callable[[Path, int], None]


def _arrays(*shape: int) -> Callable[[Path, int], None]:
    def write(folder: Path, count: int) -> None:
        rng = np.random.default_rng(0)
        labels = rng.integers(0, 10, (count, 1)).astype(np.int32)
        np.savez(folder / "rows.npz", x=rng.random((count, *shape), np.float32), y=labels)

    return write


def _image_files(folder: Path, count: int) -> None:
    rng = np.random.default_rng(0)
    for number in range(count):
        path = folder / "pictures" / str(number % 10) / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        coarse = rng.integers(0, 256, (12, 12, 3)).astype(np.uint8)  # smooth when it is enlarged, as photographs are
        Image.fromarray(coarse).resize((96, 96), Image.Resampling.BICUBIC).save(path)


_CASES = (
    Case("784-32-10", "graph", _DENSE, _ARRAYS, _arrays(784)),
    Case("784-32-10", "xla", _DENSE, _ARRAYS, _arrays(784)),
    Case("convolution, arrays", "graph", _CONVOLUTION, _ARRAYS, _arrays(28, 28, 1)),
    Case(
        "convolution, image folder", "graph", _CONVOLUTION, "{images: {path: pictures, size: [64, 64]}}", _image_files
    ),
)


def main() -> None:
    """Prints a table; the exit status is 1 where a training misses the target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=60_000, help="rows of the arrays (default: 60,000)")
    parser.add_argument("--images", type=int, default=4_000, help="image files (default: 4,000)")
    parser.add_argument("--repeat", type=int, default=9, help="timed epochs of each side (default: 9)")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how the table is written (default: text)")
    arguments = parser.parse_args()
    start_tensorflow()
    header = ["training", "engine", "in memory, rows/s", "streamed, rows/s", "streamed / in memory", "target"]
    table = Table("Rows per second of an epoch", [*header, "read in memory", "read streamed"])
    ratios = []
    for case in _CASES:
        count = arguments.images if case.write is _image_files else arguments.rows
        seconds, reading = _measure(case, count, arguments.repeat)
        ratios.append(seconds[0] / seconds[1])
        rates = [f"{count / each:,.0f}" for each in seconds]
        judged = [f"{ratios[-1]:.2f}", at_least(ratios[-1], TARGET)]
        table.rows.append([case.name, case.engine, *rates, *judged, *(f"{each:.1f} s" for each in reading)])
    print(table.render(arguments.format))
    sys.exit(min(ratios) < TARGET)


def _measure(case: Case, count: int, repeat: int) -> tuple[list[float], list[float]]:
    """The median seconds of an epoch in memory and streamed, and the seconds in which each side read its data."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        case.write(folder, count)
        (folder / "it.yaml").write_text(_TEXT.format(layers=case.layers, generator=case.generator))
        reading, sides = [], []
        for stream in ("false", "true"):
            files = DataFiles()
            experiment = load_experiment(folder / "it.yaml", [f"data.stream={stream}"], files=files)
            began = time.perf_counter()
            data = generate(experiment, folder, files)
            reading.append(time.perf_counter() - began)
            rows = training_rows(experiment, data.training)
            fed: Fed = data.streamed.training if data.streamed else rows
            plan = TrainingPlan(0, experiment.epochs, _BATCH, True, case.engine, longest_chunk=1)
            sides.append(Training(build_model(experiment, rows), fed, None, plan))
        times = [[_seconds(side, epoch) for side in sides] for epoch in range(1, repeat + 2)]
        return [median(side) for side in zip(*times[1:], strict=True)], reading


def _seconds(training: Training, until: int) -> float:
    began = time.perf_counter()
    training.run(until=until)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
