import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from nnrun.experiment.schema import catalog as catalog_module
from nnrun.experiment.schema.catalog import Argument, Catalog, Entry, load_catalog
from tools import keras_links as links

CATALOG = load_catalog()


def entry_of(kind: str, name: str) -> Entry:
    entry = CATALOG.entry(kind, name)
    assert entry is not None
    return entry


ENTRIES = [
    entry_of(kind, name) for kind in CATALOG.kinds for name in CATALOG.names(kind) if entry_of(kind, name).name == name
]


def accepts(argument: Argument, value: object) -> bool:
    """Whether a plain value, or the bare name of a component, suits the argument."""
    if argument.component and isinstance(value, str):
        return CATALOG.entry(argument.component, value) is not None
    if argument.component and "type" not in argument.schema:
        return value is None and argument.has_default and argument.default is None
    return bool(Draft7Validator(argument.schema).is_valid(value))


def test_reading_the_catalogue_imports_nothing_outside_the_standard_library() -> None:
    program = (
        "import sys; was = set(sys.modules); from nnrun.experiment.schema.catalog import load_catalog; load_catalog();"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - was} - sys.stdlib_module_names)"
    )
    imported = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert imported.split() == ["nnrun"]


def test_the_catalogue_is_read_once() -> None:
    assert load_catalog() is load_catalog()


def test_the_catalogue_has_keras_kinds_and_the_data_generators() -> None:
    keras = {"layers", "optimizers", "losses", "metrics", "initializers", "regularizers", "constraints"}
    assert {*keras, "schedules", "callbacks", "activations", "generators"} == set(CATALOG.kinds)


def test_the_written_file_is_sorted_by_name_and_ends_with_a_newline() -> None:
    text = Path(catalog_module.__file__).with_name("catalog.json").read_text(encoding="utf-8")
    kinds = json.loads(text)["kinds"]
    assert text.endswith("}\n")
    assert all(list(entries) == sorted(entries) for entries in kinds.values())


@pytest.mark.parametrize(
    ("kind", "written", "name"),
    [
        ("layers", "Dense", "Dense"),
        ("layers", "MaxPool2D", "MaxPooling2D"),
        ("layers", "InputLayer", "Input"),
        ("optimizers", "adam", "Adam"),
        ("optimizers", "rmsprop", "RMSprop"),
        ("losses", "mse", "MeanSquaredError"),
        ("losses", "MSE", "MeanSquaredError"),
        ("losses", "mean_squared_error", "MeanSquaredError"),
        ("losses", "kl_divergence", "KLDivergence"),
        ("losses", "sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"),
        ("losses", "ce", "crossentropy"),
        ("metrics", "accuracy", "accuracy"),
        ("metrics", "acc", "accuracy"),
        ("metrics", "Accuracy", "Accuracy"),
        ("metrics", "binary_accuracy", "BinaryAccuracy"),
        ("metrics", "f1_score", "F1Score"),
        ("initializers", "glorot_uniform", "GlorotUniform"),
        ("initializers", "normal", "RandomNormal"),
        ("regularizers", "l2", "L2"),
        ("regularizers", "l1_l2", "L1L2"),
        ("constraints", "max_norm", "MaxNorm"),
        ("schedules", "ExponentialDecay", "ExponentialDecay"),
        ("callbacks", "EarlyStopping", "EarlyStopping"),
        ("activations", "relu", "relu"),
        ("activations", "swish", "silu"),
        ("generators", "moons", "moons"),
    ],
)
def test_a_component_is_known_by_its_class_and_by_the_identifiers_of_keras(kind: str, written: str, name: str) -> None:
    assert entry_of(kind, written).name == name
    assert written in CATALOG.names(kind)


def test_every_name_means_one_entry() -> None:
    for kind in CATALOG.kinds:
        spoken = [name for entry in ENTRIES if entry.kind == kind for name in (entry.name, *entry.aliases)]
        assert len(spoken) == len(set(spoken)) == len(CATALOG.names(kind))


def test_a_name_that_is_none_has_no_entry() -> None:
    assert CATALOG.entry("layers", "dense") is None
    assert CATALOG.entry("losses", "Dense") is None


def test_every_entry_says_what_it_is_in_one_line() -> None:
    assert all(entry.summary.endswith(".") and "\n" not in entry.summary for entry in ENTRIES)


def test_every_component_of_keras_has_the_address_of_its_page() -> None:
    for entry in ENTRIES:
        if entry.kind == "generators":
            assert entry.link is None or entry.link.startswith("https://"), entry.name
            continue
        assert entry.link is not None, entry.name
        assert re.fullmatch(r"https://keras\.io/api/([A-Za-z0-9_]+/)+(#[a-z0-9_]+-(class|function))?", entry.link)


@pytest.mark.parametrize(
    ("kind", "name", "page"),
    [
        ("layers", "Input", "layers/core_layers/input/"),
        ("layers", "Dense", "layers/core_layers/dense/"),
        ("layers", "Activation", "layers/core_layers/activation/"),
        ("layers", "ReversibleEmbedding", "layers/core_layers/embedding/#reversibleembedding-class"),
        ("layers", "SeparableConv2D", "layers/convolution_layers/separable_convolution2d/"),
        ("layers", "Conv1DTranspose", "layers/convolution_layers/convolution1d_transpose/"),
        ("layers", "ConvLSTM2D", "layers/recurrent_layers/conv_lstm2d/"),
        ("layers", "GRUCell", "layers/recurrent_layers/gru_cell/"),
        ("layers", "StackedRNNCells", "layers/recurrent_layers/stacked_rnn_cell/"),
        ("layers", "MaxPool2D", "layers/pooling_layers/max_pooling2d/"),
        ("layers", "PReLU", "layers/activation_layers/prelu/"),
        ("layers", "SpatialDropout3D", "layers/regularization_layers/spatial_dropout3d/"),
        ("layers", "RMSNormalization", "layers/normalization_layers/rms_normalization/"),
        ("layers", "SpectralNormalization", "layers/preprocessing_layers/numerical/spectral_normalization/"),
        ("layers", "AutoContrast", "layers/preprocessing_layers/image_preprocessing/auto_constrast/"),
        ("layers", "RandomHue", "layers/preprocessing_layers/image_augmentation/random_hue/"),
        ("layers", "HashedCrossing", "layers/preprocessing_layers/categorical/hashed_crossing/"),
        ("layers", "STFTSpectrogram", "layers/preprocessing_layers/audio_preprocessing/stft_spectrogram/"),
        ("layers", "ContrastLimitedAdaptiveHistogramEqualization", "layers/"),
        ("optimizers", "adamw", "optimizers/adamw/"),
        ("optimizers", "nadam", "optimizers/Nadam/"),
        ("optimizers", "LossScaleOptimizer", "optimizers/loss_scale_optimizer/"),
        ("schedules", "CosineDecayRestarts", "optimizers/learning_rate_schedules/cosine_decay_restarts/"),
        ("losses", "mse", "losses/regression_losses/#meansquarederror-class"),
        ("losses", "ctc", "losses/probabilistic_losses/#ctc-class"),
        ("losses", "crossentropy", "losses/probabilistic_losses/"),
        ("metrics", "AUC", "metrics/classification_metrics/#auc-class"),
        ("metrics", "MeanIoU", "metrics/segmentation_metrics/#meaniou-class"),
        ("metrics", "accuracy", "metrics/accuracy_metrics/"),
        ("initializers", "he_normal", "layers/initializers/#henormal-class"),
        ("regularizers", "l2", "layers/regularizers/#l2-class"),
        ("constraints", "max_norm", "layers/constraints/#maxnorm-class"),
        ("callbacks", "ReduceLROnPlateau", "callbacks/reduce_lr_on_plateau/"),
        ("activations", "hard_sigmoid", "layers/activations/#hard_sigmoid-function"),
        ("generators", "mnist", "datasets/mnist/"),
    ],
)
def test_the_address_is_that_of_the_page_at_keras_io(kind: str, name: str, page: str) -> None:
    assert entry_of(kind, name).link == f"https://keras.io/api/{page}"


def test_no_two_components_share_an_address() -> None:
    assert max(Counter(entry.link for entry in ENTRIES if entry.link).values()) == 1


def test_the_components_without_a_page_are_in_the_catalogue_and_have_the_index_of_their_kind() -> None:
    for kind, names in links.WITHOUT_PAGE.items():
        assert {entry_of(kind, name).link for name in names} == {links.API + links.INDEX[kind]}


@pytest.mark.parametrize("entry", [pytest.param(entry, id=f"{entry.kind}-{entry.name}") for entry in ENTRIES])
def test_arguments_have_valid_schemas_and_defaults_that_suit_them(entry: Entry) -> None:
    for name, argument in entry.arguments.items():
        Draft7Validator.check_schema(argument.schema)
        assert not {"component", "required"} & set(argument.schema), name
        assert not (argument.required and argument.has_default), name
        assert not argument.has_default or accepts(argument, argument.default), name


def test_no_argument_takes_a_mapping_but_the_one_that_needs_it() -> None:
    """Keras turns a mapping with class_name and module into any object, so none may pass as a plain value."""
    takers = {
        (entry.name, name)
        for entry in ENTRIES
        for name, argument in entry.arguments.items()
        if entry.kind != "generators" and accepts(argument, {"class_name": "Lambda", "config": {}})
    }
    assert takers == {("BatchNormalization", "renorm_clipping")}


def test_no_argument_reads_a_file() -> None:
    vocabulary = entry_of("layers", "IntegerLookup").arguments["vocabulary"]
    assert not accepts(vocabulary, "/etc/passwd")
    assert accepts(vocabulary, [1, 2])


@pytest.mark.parametrize("layer", ["AlphaDropout", "GaussianDropout"])
def test_a_rate_by_whose_rest_keras_divides_is_below_one(layer: str) -> None:
    rate = entry_of("layers", layer).arguments["rate"]
    assert accepts(rate, 0.99)
    assert not accepts(rate, 1.0)


def test_components_within_components_are_of_kinds_that_exist() -> None:
    kinds = {argument.component for entry in ENTRIES for argument in entry.arguments.values()} - {None}
    items = {argument.item_component for entry in ENTRIES for argument in entry.arguments.values()} - {None}
    assert kinds == set(CATALOG.kinds) - {"callbacks", "generators", "losses", "metrics"}
    assert items == {"layers"}


def test_a_wrapper_takes_a_layer_and_stacked_cells_take_a_list_of_layers() -> None:
    layer = entry_of("layers", "Bidirectional").arguments["layer"]
    cells = entry_of("layers", "StackedRNNCells").arguments["cells"]
    cell = entry_of("layers", "RNN").arguments["cell"]
    assert (layer.component, layer.item_component, layer.schema) == ("layers", None, {})
    assert (cells.component, cells.item_component, cells.schema) == (None, "layers", {"type": "array", "minItems": 1})
    assert (cell.component, cell.item_component, cell.schema) == ("layers", "layers", {"type": "array"})


@pytest.mark.parametrize(
    ("kind", "name", "argument", "value"),
    [
        ("layers", "Dense", "units", 8),
        ("layers", "Dense", "activation", None),
        ("layers", "Dense", "activation", "relu"),
        ("layers", "LSTM", "activation", None),
        ("layers", "Dense", "trainable", False),
        ("layers", "Dense", "dtype", "float64"),
        ("layers", "Conv2D", "kernel_size", 3),
        ("layers", "Conv2D", "kernel_size", [3, 5]),
        ("layers", "Conv2D", "padding", "same"),
        ("layers", "Conv1D", "padding", "causal"),
        ("layers", "ZeroPadding2D", "padding", [[1, 2], [0, 0]]),
        ("layers", "Reshape", "target_shape", [-1, 4]),
        ("layers", "RandomZoom", "height_factor", [-0.2, 0.2]),
        ("layers", "Bidirectional", "merge_mode", None),
        ("layers", "Dropout", "rate", 0),
        ("layers", "Input", "shape", [None, 3]),
        ("layers", "MultiHeadAttention", "flash_attention", True),
        ("optimizers", "SGD", "learning_rate", 1),
        ("optimizers", "Adam", "clipnorm", None),
        ("losses", "Huber", "delta", 2),
        ("losses", "MeanSquaredError", "reduction", "sum"),
        ("metrics", "AUC", "thresholds", [0, 0.5, 1]),
        ("callbacks", "EarlyStopping", "min_delta", 0.5),
        ("constraints", "MaxNorm", "max_value", 0.5),
        ("metrics", "BinaryCrossentropy", "label_smoothing", 0.1),
    ],
)
def test_what_keras_takes_is_taken(kind: str, name: str, argument: str, value: object) -> None:
    assert accepts(entry_of(kind, name).arguments[argument], value)


@pytest.mark.parametrize(
    ("kind", "name", "argument", "value"),
    [
        ("layers", "Dense", "units", 0),
        ("layers", "Dense", "units", 2.5),
        ("layers", "Dense", "units", "8"),
        ("layers", "Dense", "units", True),
        ("layers", "Dense", "activation", "rleu"),
        ("layers", "Dense", "kernel_regularizer", 0.01),
        ("layers", "Dropout", "rate", 1.5),
        ("layers", "Conv2D", "kernel_size", [3, 3, 3]),
        ("layers", "Conv2D", "kernel_size", 0),
        ("layers", "Conv2D", "padding", "causal"),
        ("layers", "Conv2D", "data_format", "channel_last"),
        ("layers", "Embedding", "input_dim", None),
        ("optimizers", "SGD", "learning_rate", -0.1),
        ("optimizers", "SGD", "learning_rate", "0.1"),
        ("optimizers", "SGD", "momentum", 2),
        ("losses", "MeanSquaredError", "reduction", "average"),
        ("metrics", "AUC", "curve", "roc"),
        ("regularizers", "L2", "l2", -1),
        ("callbacks", "EarlyStopping", "mode", "minimum"),
    ],
)
def test_what_keras_would_stumble_over_is_not_taken(kind: str, name: str, argument: str, value: object) -> None:
    assert not accepts(entry_of(kind, name).arguments[argument], value)


def test_a_learning_rate_is_a_number_or_a_schedule() -> None:
    rate = entry_of("optimizers", "Adam").arguments["learning_rate"]
    assert (rate.component, rate.schema["type"], rate.default) == ("schedules", "number", 0.001)


def test_arguments_keep_the_order_of_the_documentation_with_those_of_every_layer_last() -> None:
    names = list(entry_of("layers", "Dense").arguments)
    assert names[:3] == ["units", "activation", "use_bias"]
    assert names[-4:] == ["trainable", "dtype", "autocast", "name"]


def test_an_input_has_a_shape_a_type_and_a_name() -> None:
    assert set(entry_of("layers", "Input").arguments) == {"shape", "dtype", "name"}


def test_the_accuracy_that_suits_the_targets_takes_no_arguments() -> None:
    assert entry_of("metrics", "accuracy").arguments == {}


def test_a_generator_may_take_arguments_of_any_name() -> None:
    assert entry_of("generators", "function").additional is not None
    assert entry_of("generators", "moons").additional is None


def test_what_is_refused_is_not_in_the_catalogue_and_has_its_reason() -> None:
    for kind, names in CATALOG.refused.items():
        assert not set(names) & set(CATALOG.names(kind))
        assert all(CATALOG.refusal(kind, name) == reason for name, reason in names.items())
    assert CATALOG.refusal("layers", "Lambda") == "it runs code that an experiment file cannot hold"


def test_more_than_320_components_are_known_as_entries_or_as_refusals_with_a_reason() -> None:
    """Each component counts once, without its aliases; those of Keras that can be used are fewer than 320."""
    refusals = [reason for reasons in CATALOG.refused.values() for reason in reasons.values()]
    of_keras = [entry for entry in ENTRIES if entry.kind != "generators"]
    assert all(len(reason.split()) > 2 for reason in refusals)
    assert len(of_keras) >= 276
    assert len(refusals) >= 38
    assert len(ENTRIES) + len(refusals) > 320
    assert sum(len(CATALOG.names(kind)) for kind in CATALOG.kinds) >= 441  # entries with their aliases


def test_a_refused_argument_has_its_reason_under_every_name_of_its_entry() -> None:
    assert CATALOG.refusal("layers", "InputLayer", "sparse") == "the data of an experiment are dense arrays"
    assert CATALOG.refusal("layers", "Dense", "input_dim") == "the input shape comes from the data"
    assert CATALOG.refusal("optimizers", "adam", "lr") == "Keras 3 calls it learning_rate"


def test_what_keras_does_not_have_is_not_refused_but_unknown() -> None:
    assert CATALOG.refusal("layers", "Densse") is None
    assert CATALOG.refusal("layers", "Dense", "unitss") is None


def test_a_catalogue_can_be_made_of_any_entries() -> None:
    written = {"summary": "A thing.", "aliases": ["t"], "arguments": {"size": {"type": "integer", "required": True}}}
    entry = Catalog("0", {"things": {"Thing": written}}).entry("things", "t")
    size = Argument({"type": "integer"}, None, None, True, False, None)
    assert entry == Entry("things", "Thing", "A thing.", None, ("t",), {"size": size}, None, {})
