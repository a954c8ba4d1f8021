"""Experiments for tests: those that are shipped, and others written as text."""

from pathlib import Path

import numpy as np

from nnrun.data.dataset import Dataset, Source
from nnrun.data.generate import generate
from nnrun.data.generators.generator import Resources
from nnrun.data.generators.registry import make_source
from nnrun.experiment.allowed_cells import AllowedCells
from nnrun.experiment.experiment import Component, Experiment
from nnrun.experiment.text.yaml_text import parse_document
from nnrun.load import interpret, load_experiment

EXPERIMENTS = Path(__file__).parent.parent / "experiments"
FLOWERS = Path(__file__).parent / "flowers.csv"  # petal and sepal in numbers, place and species in words
FILLED = AllowedCells({"prepare": {"missing": "mean"}})
SHIPPED = sorted(path.stem for path in EXPERIMENTS.glob("*.yaml"))


def shipped(name: str, *overrides: str) -> Experiment:
    """A shipped experiment."""
    return load_experiment(EXPERIMENTS / f"{name}.yaml", overrides)


def written(text: str, folder: Path = EXPERIMENTS) -> Experiment:
    """An experiment from YAML text, the paths in it relative to `folder`."""
    return interpret(parse_document(text, "test.yaml"), text.encode(), "test", folder)


def data_of(experiment: Experiment, keras_home: Path) -> Dataset:
    """The experiment's data; MNIST is a small set of the same format."""
    if experiment.data.generator.name == "mnist":
        small_mnist(keras_home)
    return generate(experiment, keras_home)


def source_of(
    generator: Component,
    keras_home: Path = Path("none"),
    seed: int | list[int] = 0,
    allowed: AllowedCells | None = None,
) -> Source:
    """The rows that a generator makes."""
    return make_source(generator, Resources(np.random.default_rng(seed), keras_home), allowed=allowed)


def small_mnist(keras_home: Path, rows: int = 300) -> None:
    """Writes a file in the format of Keras's MNIST: images whose class can be learned, a bright bar per digit."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, rows).astype(np.uint8)
    images = rng.integers(0, 60, (rows, 28, 28)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 + 2 * label : 5 + 2 * label, 4:24] = 230
    folder = keras_home / "datasets"
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {"x_train": images, "y_train": labels, "x_test": images[:80], "y_test": labels[:80]}
    np.savez(folder / "mnist.npz", **arrays)
