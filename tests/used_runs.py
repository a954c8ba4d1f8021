"""Trained runs of every kind of data, for what uses a run again: each is trained once in a session."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from training_runs import Notes

from experiments import FLOWERS, small_mnist
from nnrun.run import train_file
from nnrun.run_options import RunOptions

# The words of `rank` look like numbers, and the scale of `weight` is far from 1.
TABLE = """rank,color,weight,size,kind,price
1,red,1000.5,3,a,10.5
1.0,green,2000.25,4,b,20.25
02,red,1500,5,a,15
1,blue,1750,6,b,18
x,green,1250,7,a,12
02,blue,1100,8,b,11
1.0,red,1900,9,a,19
1,green,1300,10,b,13.125
"""

KINDS = {
    "regression": """
data: {generator: {csv: {path: table.csv, target: price}}, validation_split: 0.25, test_split: 0.25, scale: standard,
  scale_targets: minmax}
layers: [{Dense: {units: 4, activation: tanh}}, {Dense: {units: 1}}]
optimizer: adam
loss: mse
metrics: [mae]
epochs: 3
""",
    "one_hot": """
data: {generator: {csv: {path: flowers.csv, target: species}}, validation_split: 0.25, scale: minmax, one_hot: true}
layers: [{Dense: {units: 3, activation: softmax}}]
optimizer: adam
loss: categorical_crossentropy
metrics: [accuracy]
epochs: 3
""",
    "binary": """
data: {generator: {csv: {path: table.csv, target: kind, inputs: [size, color]}}, test_split: 0.25}
layers: [{Dense: {units: 1}}]
optimizer: sgd
loss: {BinaryCrossentropy: {from_logits: true}}
metrics: [{BinaryAccuracy: {threshold: 0}}]
epochs: 2
""",
    "graph": """
data:
  generator:
    function: {samples: 40, a: "uniform(0, 9)", b: "normal(5, 3)", c: "uniform(0, 1)", s: a + b * c, p: a > b,
      target: [s, p], noise: 0.1}
  test_split: 0.25
  scale: standard
  scale_targets: standard
layers:
  - Input: {name: left, columns: [a, b]}
  - Input: {name: right, columns: [c]}
  - Dense: {name: branch, units: 3, activation: relu, inputs: left}
  - Concatenate: {name: both, inputs: [branch, right]}
  - Dense: {name: total, units: 1, inputs: both}
  - Dense: {name: more, units: 1, activation: sigmoid, inputs: both}
outputs: {total: {target: s, loss: mse}, more: {target: p, loss: binary_crossentropy, metrics: [accuracy]}}
optimizer: adam
epochs: 2
""",
    "image": """
data: {generator: {digits: {samples: 60, shape: [8, 8, 1]}}, validation_split: 0.2, scale: standard}
layers: [{Conv2D: {filters: 2, kernel_size: 3}}, {BatchNormalization: {}}, {Flatten: {}}, {Dense: {units: 10}}]
optimizer: adam
loss: {SparseCategoricalCrossentropy: {from_logits: true}}
metrics: [accuracy]
epochs: 2
""",
    "sequence": """
data:
  generator:
    function: {samples: 30, s0: "choice(0, 1, 2)", s1: "choice(0, 1, 2)", s2: "choice(0, 1, 2)", y: s0 + s1 * s2}
  validation_split: 0.2
layers: [{Embedding: {input_dim: 3, output_dim: 2}}, {LSTM: {units: 3}}, {Dropout: {rate: 0.5}}, {Dense: {units: 1}}]
optimizer: adam
loss: mse
epochs: 3
""",
    "best": """
data: {generator: {function: {samples: 20, x: "linspace(0, 2)", y: x * x}}, validation_split: 0.25}
layers: [{Dense: {units: 1}}]
optimizer: {SGD: {learning_rate: 0.5}}
loss: mse
keep: best
epochs: 4
""",
}


@pytest.fixture(scope="session")
def used_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A function that gives the folder of the trained run of a kind; no test changes it."""
    root = tmp_path_factory.mktemp("used")
    (root / "table.csv").write_text(TABLE)
    (root / "flowers.csv").write_bytes(FLOWERS.read_bytes())
    small_mnist(root / "keras")

    @cache
    def run(kind: str) -> Path:
        file = root / f"{kind}.yaml"
        file.write_text(KINDS[kind])
        options = RunOptions(root / "keras", plotted=False, reported=False, git_patch=False)
        return train_file(file, options, Notes(), runs_dir=root / "runs").folder

    return run


def predictions_of(folder: Path) -> tuple[list[str], list[list[str]]]:
    """The header and the cells of a run's `predictions.csv`."""
    with (folder / "predictions.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows
