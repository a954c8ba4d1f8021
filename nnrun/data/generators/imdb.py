"""The `imdb` generator: the file that `keras.datasets.imdb` downloads."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.download import ORIGIN, KerasFile, reading, training_rows
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.keras_pickle import read_object_arrays
from nnrun.data.generators.ranked_texts import SEED, shuffled, text_arguments, text_columns, text_part
from nnrun.experiment.columns import Columns

FILE = KerasFile("imdb.npz", f"{ORIGIN}imdb.npz", "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f")


def _columns(given: GeneratorArguments) -> Columns:
    return text_columns(given, "sentiment", ("negative", "positive"))


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The training rows and the test set.

    Raises:
        ExperimentError: the file does not exist and cannot be downloaded, or has fewer rows.
        StorageError: the file cannot be read.
    """
    import numpy as np

    path = FILE.fetch(resources.keras_home, given.component.place)
    with reading(path):
        arrays, rng = read_object_arrays(path), np.random.RandomState(SEED)
        texts, labels = shuffled(rng, arrays["x_train"], arrays["y_train"])
        test_texts, test_labels = shuffled(rng, arrays["x_test"], arrays["y_test"])
        count = training_rows(given, len(texts))
        training = text_part(given, texts[:count], labels[:count], "sentiment")
        return Source(training, text_part(given, test_texts, test_labels, "sentiment"))


GENERATOR = Generator(
    "imdb",
    "25,000 movie reviews, negative or positive, and a test set of 25,000, as sequences of words in Keras's file.",
    text_arguments(25_000),
    _columns,
    _make,
    link="https://keras.io/api/datasets/imdb/",
    group="public data sets",
)
