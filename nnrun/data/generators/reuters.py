"""The `reuters` generator: the file that `keras.datasets.reuters` downloads."""

from __future__ import annotations

from nnrun.data.dataset import Source
from nnrun.data.generators.download import ORIGIN, KerasFile, reading, training_rows
from nnrun.data.generators.generator import Generator, GeneratorArguments, Resources
from nnrun.data.generators.keras_pickle import read_object_arrays
from nnrun.data.generators.ranked_texts import SEED, shuffled, text_arguments, text_columns, text_part
from nnrun.experiment.columns import Columns

FILE = KerasFile(
    "reuters.npz", f"{ORIGIN}reuters.npz", "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
)
_TOPICS = """
    cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship cotton carcass
    crude nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail ipi
    iron-steel rubber heat jobs lei bop zinc orange pet-chem dlr gas silver wpi hog lead
"""
_TRAINING_SHARE = 0.8  # as in `keras.datasets`


def _columns(given: GeneratorArguments) -> Columns:
    return text_columns(given, "topic", _TOPICS.split())


def _make(given: GeneratorArguments, resources: Resources) -> Source:
    """The training rows, four fifths of the file, and the test set, the rest.

    Raises:
        ExperimentError: the file does not exist and cannot be downloaded, or has fewer rows.
        StorageError: the file cannot be read.
    """
    import numpy as np

    path = FILE.fetch(resources.keras_home, given.component.place)
    with reading(path):
        arrays = read_object_arrays(path)
        texts, labels = shuffled(np.random.RandomState(SEED), arrays["x"], arrays["y"])
        end = int(len(texts) * _TRAINING_SHARE)
        count = training_rows(given, end)
        training = text_part(given, texts[:count], labels[:count], "topic")
        return Source(training, text_part(given, texts[end:], labels[end:], "topic"))


GENERATOR = Generator(
    "reuters",
    "8,982 newswires on 46 topics and a test set of 2,246, as sequences of words in Keras's file.",
    text_arguments(8_982),
    _columns,
    _make,
    link="https://keras.io/api/datasets/reuters/",
    group="public data sets",
)
