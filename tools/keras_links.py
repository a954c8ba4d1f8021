"""Where Keras's documentation describes a component, as https://keras.io is laid out.

The pages follow the modules of Keras's source, except for what these tables list. They were compared with the list of
pages that the site is made from, scripts/api_master.py of https://github.com/keras-team/keras-io.
"""

from __future__ import annotations

from collections.abc import Mapping

from nnrun.experiment.layer_names import snake_case

API = "https://keras.io/api/"

# The page that lists a kind; the components of the last four have no page of their own.
INDEX: Mapping[str, str] = {
    "layers": "layers/",
    "optimizers": "optimizers/",
    "losses": "losses/",
    "metrics": "metrics/",
    "schedules": "optimizers/learning_rate_schedules/",
    "callbacks": "callbacks/",
    "initializers": "layers/initializers/",
    "regularizers": "layers/regularizers/",
    "constraints": "layers/constraints/",
    "activations": "layers/activations/",
}

# By the package of keras.src.layers that defines a layer.
_LAYERS: Mapping[str, str] = {
    "activations": "activation_layers/",
    "attention": "attention_layers/",
    "convolutional": "convolution_layers/",
    "core": "core_layers/",
    "merging": "merging_layers/",
    "normalization": "normalization_layers/",
    "pooling": "pooling_layers/",
    "preprocessing": "preprocessing_layers/",
    "regularization": "regularization_layers/",
    "reshaping": "reshaping_layers/",
    "rnn": "recurrent_layers/",
}
_PREPROCESSING: Mapping[str, str] = {
    "numerical": "Normalization Discretization",
    "categorical": "CategoryEncoding Hashing HashedCrossing IntegerLookup",
    "image_preprocessing": "Resizing Rescaling CenterCrop AutoContrast",
    "audio_preprocessing": "MelSpectrogram STFTSpectrogram",
}
_AUGMENTATION = "image_augmentation"  # the rest of the preprocessing layers

# By the module of keras.src.metrics.
_METRICS: Mapping[str, str] = {
    "accuracy_metrics": "accuracy_metrics/",
    "confusion_metrics": "classification_metrics/",
    "correlation_metrics": "classification_metrics/",
    "f_score_metrics": "classification_metrics/",
    "hinge_metrics": "hinge_metrics/",
    "iou_metrics": "segmentation_metrics/",
    "probabilistic_metrics": "probabilistic_metrics/",
    "regression_metrics": "regression_metrics/",
}
# One module defines all losses.
_LOSSES: Mapping[str, str] = {
    "probabilistic_losses/": "BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy "
    "CategoricalFocalCrossentropy KLDivergence Poisson SparseCategoricalCrossentropy",
    "regression_losses/": "CosineSimilarity Dice Huber LogCosh MeanAbsoluteError MeanAbsolutePercentageError "
    "MeanSquaredError MeanSquaredLogarithmicError Tversky",
    "hinge_losses/": "CategoricalHinge Circle Hinge SquaredHinge",
}

# Pages with another name than their component, or in another place.
_EXCEPTIONS: Mapping[str, Mapping[str, str]] = {
    "layers": {
        "Activation": "core_layers/activation/",
        "AutoContrast": "preprocessing_layers/image_preprocessing/auto_constrast/",
        "LeakyReLU": "activation_layers/leaky_relu/",
        "PReLU": "activation_layers/prelu/",
        "ReLU": "activation_layers/relu/",
        "ReversibleEmbedding": "core_layers/embedding/#reversibleembedding-class",
        "SpectralNormalization": "preprocessing_layers/numerical/spectral_normalization/",
        "StackedRNNCells": "recurrent_layers/stacked_rnn_cell/",
    },
    "optimizers": {"Nadam": "Nadam/"},
    "callbacks": {"TerminateOnNaN": "terminate_on_nan/"},
}
# What the site does not describe yet: the link is the kind's index.
WITHOUT_PAGE: Mapping[str, frozenset[str]] = {
    "layers": frozenset({"ContrastLimitedAdaptiveHistogramEqualization"}),
    "optimizers": frozenset({"ScheduleFreeAdamW"}),
    "initializers": frozenset({"STFT"}),
}


def link(kind: str, name: str, module: str) -> str:
    """The address of the page on a component, with its heading where the page describes several.

    What the tables do not know, such as a component of a newer Keras, has the address of its kind's index.

    Args:
        kind: the kind, in the plural.
        name: the name under which Keras exports it.
        module: the module of Keras's source that defines it, such as `keras.src.layers.core.dense`.
    """
    index = API + INDEX[kind]
    if name in WITHOUT_PAGE.get(kind, ()):
        return index
    page = _EXCEPTIONS.get(kind, {}).get(name)
    return index + (_page(kind, name, module) if page is None else page)


def _page(kind: str, name: str, module: str) -> str:
    """The address of a component below that of its kind."""
    if kind == "layers":
        return _layer_page(name, module.split(".")[3])
    if kind == "optimizers":
        return f"{module.rpartition('.')[2]}/"
    if kind in ("schedules", "callbacks"):
        return f"{snake_case(name)}/"
    heading = f"#{name.lower()}-{'function' if kind == 'activations' else 'class'}"
    if kind == "metrics":
        page = _METRICS.get(module.rpartition(".")[2])
    elif kind == "losses":
        page = next((page for page, names in _LOSSES.items() if name in names.split()), None)
    else:
        page = ""
    return "" if page is None else page + heading


def _layer_page(name: str, package: str) -> str:
    page = snake_case(name)
    if package == "convolutional":
        page = page.replace("conv", "convolution")
    if package == "preprocessing":
        part = next((part for part, names in _PREPROCESSING.items() if name in names.split()), _AUGMENTATION)
        page = f"{part}/{page}"
    return f"{_LAYERS[package]}{page}/" if package in _LAYERS else ""
