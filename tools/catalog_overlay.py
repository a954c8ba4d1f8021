"""Input of the catalogue generator that Keras's signatures and docstrings lack: types, and what is left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Fragment = Mapping[str, Any]


def choice(*values: str | None) -> Fragment:
    """One of the given strings."""
    return {"enum": list(values)}


def _component(kind: str) -> Fragment:
    return {"component": kind}


def spatial(rank: int, minimum: int = 1) -> Fragment:
    """An integer, or one integer per spatial dimension, as Keras's `standardize_tuple` takes it."""
    items = {"type": "integer", "minimum": minimum}
    return {"type": ["integer", "array"], "minimum": minimum, "items": items, "minItems": rank, "maxItems": rank}


def _margins(rank: int) -> Fragment:
    """Padding or cropping: an integer, or per dimension an integer or a pair of integers."""
    pair = {"type": ["integer", "array"], "minimum": 0, "items": _COUNT, "minItems": 2, "maxItems": 2}
    return {"type": ["integer", "array"], "minimum": 0, "items": pair, "minItems": rank, "maxItems": rank}


_BOOLEAN: Fragment = {"type": "boolean"}
_STRING: Fragment = {"type": "string"}
_INTEGER: Fragment = {"type": "integer"}
_COUNT: Fragment = {"type": "integer", "minimum": 0}
_POSITIVE: Fragment = {"type": "integer", "minimum": 1}
_NUMBER: Fragment = {"type": "number"}
_NOT_NEGATIVE: Fragment = {"type": "number", "minimum": 0}
_ABOVE_ZERO: Fragment = {"type": "number", "exclusiveMinimum": 0}
_SHARE: Fragment = {"type": "number", "minimum": 0, "maximum": 1}
_BELOW_ONE: Fragment = {"type": "number", "minimum": 0, "exclusiveMaximum": 1}
_INTEGERS: Fragment = {"type": "array", "items": _INTEGER}
_NUMBERS: Fragment = {"type": "array", "items": _NUMBER}
_AXES: Fragment = {"type": ["integer", "array"], "items": _INTEGER}
_DIMENSIONS: Fragment = {"type": "array", "items": {"type": ["integer", "null"], "minimum": 1}}
_NUMBER_OR_ARRAY: Fragment = {"type": ["number", "array"], "items": {"type": ["number", "array"]}}
_PAIR: Fragment = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}
_NUMBER_OR_PAIR: Fragment = {"type": ["number", "array"], "items": _NUMBER, "minItems": 2, "maxItems": 2}
_LAYER: Fragment = _component("layers")

# In an entry whose name holds the number of spatial dimensions, such as Conv2D: the minimum of each argument.
SPATIAL: Mapping[str, int] = {
    "dilation_rate": 1,
    "kernel_size": 1,
    "output_padding": 0,
    "output_size": 1,
    "pool_size": 1,
    "strides": 1,
}

# Keys: "Entry.argument" for one entry, "argument" for every entry of the kind. The first wins over the second, and both
# over what the docstring says.
ARGUMENTS: Mapping[str, Mapping[str, Fragment]] = {
    "layers": {
        "name": _STRING,
        "dtype": _STRING,
        "depth_multiplier": _POSITIVE,
        "flash_attention": _BOOLEAN,
        "data_format": choice("channels_last", "channels_first"),
        "dropout": _SHARE,
        "factor": _NUMBER_OR_PAIR,
        "fill_mode": choice("reflect", "wrap", "constant", "nearest"),
        "filters": _POSITIVE,
        "height": _POSITIVE,
        "idf_weights": _NUMBERS,
        "interpolation": choice("nearest", "bilinear"),
        "layer": _LAYER,
        "lora_alpha": _NUMBER,
        "lora_rank": _POSITIVE,
        "noise_shape": _DIMENSIONS,
        "output_dim": _POSITIVE,
        "salt": _AXES,
        "seed": _INTEGER,
        "use_cudnn": {"enum": ["auto", True, False]},
        "value_range": _PAIR,
        "width": _POSITIVE,
        "ActivityRegularization.l1": _NOT_NEGATIVE,
        "ActivityRegularization.l2": _NOT_NEGATIVE,
        "AugMix.alpha": _ABOVE_ZERO,
        "AugMix.chain_depth": _INTEGER,
        "AugMix.num_chains": _POSITIVE,
        "Bidirectional.backward_layer": _LAYER,
        "CategoryEncoding.num_tokens": {**_POSITIVE, "required": True},
        "Concatenate.axis": _INTEGER,
        "Cropping1D.cropping": spatial(2, minimum=0),
        "Cropping2D.cropping": _margins(2),
        "Cropping3D.cropping": _margins(3),
        "Discretization.bin_boundaries": _NUMBERS,
        "Discretization.num_bins": _POSITIVE,
        "EinsumDense.equation": _STRING,
        "EinsumDense.output_shape": {**_DIMENSIONS, "type": ["integer", "array"], "minimum": 1},
        "Embedding.input_dim": _POSITIVE,
        "AlphaDropout.rate": _BELOW_ONE,
        "GaussianDropout.rate": _BELOW_ONE,
        "GaussianNoise.stddev": _NOT_NEGATIVE,
        "GroupQueryAttention.head_dim": _POSITIVE,
        "GroupQueryAttention.num_key_value_heads": _POSITIVE,
        "GroupQueryAttention.num_query_heads": _POSITIVE,
        "HashedCrossing.num_bins": _POSITIVE,
        "Hashing.mask_value": {"type": ["integer", "string"]},
        "Hashing.num_bins": _POSITIVE,
        "Input.shape": _DIMENSIONS,
        "IntegerLookup.max_tokens": _POSITIVE,
        "IntegerLookup.num_oov_indices": _COUNT,
        "IntegerLookup.oov_method": choice("floormod", "farmhash"),
        "IntegerLookup.oov_token": _INTEGER,
        "IntegerLookup.vocabulary": _INTEGERS,
        "IntegerLookup.vocabulary_dtype": choice("int64"),
        "Masking.mask_value": _NUMBER_OR_ARRAY,
        "MelSpectrogram.window": {"type": ["string", "array", "null"], "items": _NUMBER},
        "MixUp.alpha": _NOT_NEGATIVE,
        "MultiHeadAttention.attention_axes": _AXES,
        "MultiHeadAttention.key_dim": _POSITIVE,
        "MultiHeadAttention.num_heads": _POSITIVE,
        "MultiHeadAttention.output_shape": {**_DIMENSIONS, "type": ["integer", "array"], "minimum": 1},
        "MultiHeadAttention.value_dim": _POSITIVE,
        "Normalization.mean": _NUMBER_OR_ARRAY,
        "Normalization.variance": _NUMBER_OR_ARRAY,
        "PReLU.shared_axes": _AXES,
        "Permute.dims": {"type": "array", "items": _POSITIVE},
        "RNN.cell": {"component": "layers", "type": "array", "items": _LAYER},
        "RMSNormalization.axis": _AXES,
        "RandAugment.num_ops": _POSITIVE,
        "RandomPosterization.factor": {
            "type": ["integer", "array"],
            "minimum": 0,
            "maximum": 8,
            "items": {"type": "integer", "minimum": 0, "maximum": 8},
            "minItems": 2,
            "maxItems": 2,
        },
        "RandomColorJitter.brightness_factor": _NUMBER_OR_PAIR,
        "RandomColorJitter.contrast_factor": _NUMBER_OR_PAIR,
        "RandomColorJitter.hue_factor": _NUMBER_OR_PAIR,
        "RandomColorJitter.saturation_factor": _NUMBER_OR_PAIR,
        "RandomElasticTransform.scale": _NUMBER_OR_PAIR,
        "RandomErasing.fill_value": _NUMBER_OR_ARRAY,
        "RandomErasing.scale": _NUMBER_OR_PAIR,
        "RandomFlip.mode": choice("horizontal", "vertical", "horizontal_and_vertical"),
        "RandomGaussianBlur.kernel_size": spatial(2),
        "RandomGaussianBlur.sigma": _NUMBER_OR_PAIR,
        "RandomShear.x_factor": _NUMBER_OR_PAIR,
        "RandomShear.y_factor": _NUMBER_OR_PAIR,
        "RandomTranslation.height_factor": _NUMBER_OR_PAIR,
        "RandomTranslation.width_factor": _NUMBER_OR_PAIR,
        "RandomZoom.height_factor": _NUMBER_OR_PAIR,
        "RandomZoom.width_factor": _NUMBER_OR_PAIR,
        "RepeatVector.n": _POSITIVE,
        "Rescaling.offset": _NUMBER_OR_ARRAY,
        "Rescaling.scale": _NUMBER_OR_ARRAY,
        "Reshape.target_shape": {"type": "array", "items": {"type": ["integer", "null"], "minimum": -1}},
        "Resizing.fill_mode": choice("constant"),
        "Resizing.interpolation": choice("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5", "area"),
        "ReversibleEmbedding.input_dim": _POSITIVE,
        "ReversibleEmbedding.logit_soft_cap": _ABOVE_ZERO,
        "ReversibleEmbedding.reverse_dtype": _STRING,
        "STFTSpectrogram.window": {"type": ["string", "array", "null"], "items": _NUMBER},
        "Solarization.addition_factor": _NUMBER_OR_PAIR,
        "Solarization.threshold_factor": _NUMBER_OR_PAIR,
        "SpectralNormalization.power_iterations": _POSITIVE,
        "StackedRNNCells.cells": {"type": "array", "items": _LAYER, "minItems": 1},
        "UpSampling1D.size": _POSITIVE,
        "UpSampling2D.interpolation": choice("bicubic", "bilinear", "lanczos3", "lanczos5", "nearest", "area"),
        "UpSampling2D.size": spatial(2),
        "UpSampling3D.size": spatial(3),
        "ZeroPadding1D.padding": spatial(2, minimum=0),
        "ZeroPadding2D.padding": _margins(2),
        "ZeroPadding3D.padding": _margins(3),
    },
    "optimizers": {
        "learning_rate": {"component": "schedules", "type": "number", "minimum": 0},
        "adam_beta_1": _BELOW_ONE,
        "adam_beta_2": _BELOW_ONE,
        "adam_weight_decay": _NOT_NEGATIVE,
        "beta_1": _BELOW_ONE,
        "beta_2": _BELOW_ONE,
        "clipnorm": _NOT_NEGATIVE,
        "clipvalue": _NOT_NEGATIVE,
        "ema_momentum": _SHARE,
        "ema_overwrite_frequency": _POSITIVE,
        "epsilon": _NOT_NEGATIVE,
        "global_clipnorm": _NOT_NEGATIVE,
        "gradient_accumulation_steps": {"type": "integer", "minimum": 2},
        "loss_scale_factor": _NUMBER,
        "name": _STRING,
        "rho": _BELOW_ONE,
        "weight_decay": _NOT_NEGATIVE,
        "Adagrad.initial_accumulator_value": _NOT_NEGATIVE,
        "Ftrl.initial_accumulator_value": _NOT_NEGATIVE,
        "Ftrl.l1_regularization_strength": _NOT_NEGATIVE,
        "Ftrl.l2_regularization_strength": _NOT_NEGATIVE,
        "Ftrl.l2_shrinkage_regularization_strength": _NOT_NEGATIVE,
        "Ftrl.learning_rate_power": {"type": "number", "maximum": 0},
        "LossScaleOptimizer.dynamic_growth_steps": _POSITIVE,
        "LossScaleOptimizer.inner_optimizer": _component("optimizers"),
        "Muon.rms_rate": {"type": ["number", "null"]},
        "SGD.momentum": _SHARE,
        "ScheduleFreeAdamW.warmup_steps": _COUNT,
    },
    "losses": {
        "dtype": _STRING,
        "name": {"type": ["string", "null"]},
        "axis": _INTEGER,
        "reduction": choice("sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none", None),
        "CategoricalFocalCrossentropy.alpha": {"type": ["number", "array"], "items": _NUMBER},
        "Dice.axis": _AXES,
        "SparseCategoricalCrossentropy.ignore_class": _INTEGER,
        "Tversky.axis": _AXES,
    },
    "metrics": {
        "dtype": _STRING,
        "name": {"type": ["string", "null"]},
        "axis": _INTEGER,
        "average": choice("micro", "macro", "weighted"),
        "class_id": _COUNT,
        "k": _POSITIVE,
        "num_classes": _POSITIVE,
        "num_thresholds": _POSITIVE,
        "precision": _SHARE,
        "recall": _SHARE,
        "sensitivity": _SHARE,
        "specificity": _SHARE,
        "target_class_ids": {"type": "array", "items": _COUNT, "minItems": 1},
        "thresholds": {"type": ["number", "array"], "minimum": 0, "maximum": 1, "items": _SHARE},
        "top_k": _POSITIVE,
        "AUC.curve": choice("ROC", "PR"),
        "AUC.label_weights": _NUMBERS,
        "AUC.num_labels": _POSITIVE,
        "AUC.num_thresholds": {"type": "integer", "minimum": 2},
        "AUC.summation_method": choice("interpolation", "minoring", "majoring"),
        "AUC.thresholds": {"type": "array", "items": _SHARE},
        "ConcordanceCorrelation.axis": _AXES,
        "F1Score.threshold": {**_ABOVE_ZERO, "maximum": 1},
        "FBetaScore.beta": _ABOVE_ZERO,
        "FBetaScore.threshold": {**_ABOVE_ZERO, "maximum": 1},
        "PearsonCorrelation.axis": _AXES,
        "R2Score.class_aggregation": choice("uniform_average", "variance_weighted_average", None),
        "R2Score.num_regressors": _COUNT,
    },
    "initializers": {
        "input_axes": _AXES,
        "output_axes": _AXES,
        "stddev": _NOT_NEGATIVE,
        "Constant.value": _NUMBER_OR_ARRAY,
        "STFT.scaling": choice("density", "spectrum", None),
        "STFT.window": {"type": ["string", "array", "null"], "items": _NUMBER},
        "VarianceScaling.scale": _ABOVE_ZERO,
    },
    "regularizers": {
        "factor": _NOT_NEGATIVE,
        "l1": _NOT_NEGATIVE,
        "l2": _NOT_NEGATIVE,
    },
    "constraints": {
        "axis": _AXES,
        "max_value": _NOT_NEGATIVE,
        "min_value": _NOT_NEGATIVE,
        "rate": _SHARE,
    },
    "schedules": {
        "alpha": _NOT_NEGATIVE,
        "decay_rate": _ABOVE_ZERO,
        "decay_steps": _ABOVE_ZERO,
        "end_learning_rate": _NOT_NEGATIVE,
        "first_decay_steps": _ABOVE_ZERO,
        "initial_learning_rate": _NOT_NEGATIVE,
        "m_mul": _ABOVE_ZERO,
        "power": _ABOVE_ZERO,
        "t_mul": _ABOVE_ZERO,
        "warmup_steps": _COUNT,
        "warmup_target": _NOT_NEGATIVE,
        "PiecewiseConstantDecay.boundaries": _NUMBERS,
        "PiecewiseConstantDecay.values": {"type": "array", "items": _NOT_NEGATIVE},
    },
    "callbacks": {
        "cooldown": _COUNT,
        "patience": _COUNT,
        "start_from_epoch": _COUNT,
        "verbose": {"enum": [0, 1]},
        "CSVLogger.separator": choice(",", ";", "\t"),
        "EarlyStopping.baseline": _NUMBER,
        "LearningRateScheduler.schedule": {"component": "schedules", "required": True},
        "ReduceLROnPlateau.factor": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    },
    "activations": {
        "negative_slope": _NOT_NEGATIVE,
        "relu.max_value": _NOT_NEGATIVE,
        "relu.threshold": _NOT_NEGATIVE,
        "softmax.axis": _AXES,
    },
}

# Identifiers that Keras resolves when it compiles a model, from the shapes of the targets, and that name no class.
CHOSEN_BY_SHAPE: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "losses": {
        "crossentropy": {
            "summary": "The crossentropy that suits the targets: binary, categorical or sparse categorical.",
            "link": "https://keras.io/api/losses/probabilistic_losses/",
            "aliases": ["ce"],
            "arguments": {},
        }
    },
    "metrics": {
        "accuracy": {
            "summary": "The accuracy that suits the targets: binary, categorical or sparse categorical.",
            "link": "https://keras.io/api/metrics/accuracy_metrics/",
            "aliases": ["acc"],
            "arguments": {},
        }
    },
}

_BASE = "it is a base class; name one of its kinds"
_RUNS_CODE = "it runs code that an experiment file cannot hold"
_WRITES_FILES = "it writes its own files; nnrun saves everything in the run folder"
_TAKES_OBJECTS = "it takes Python objects that an experiment file cannot hold"
_RUN_DOES_IT = "every run does this anyway"
_TAKES_TEXT = "it takes text, and nnrun gives numbers to the network"
_ONE_ARRAY = "it averages one array of values and would use the predictions as weights"

REFUSED: Mapping[str, Mapping[str, str]] = {
    "layers": {
        "Equalization": "Keras cannot connect it to other layers: its symbolic output is its input",
        "FlaxLayer": _RUNS_CODE,
        "InputSpec": "it describes an input and is no layer",
        "JaxLayer": _RUNS_CODE,
        "Lambda": _RUNS_CODE,
        "Layer": _BASE,
        "MaxNumBoundingBoxes": "it works on bounding boxes, which the data of an experiment do not have",
        "Pipeline": "it takes layer objects; list the layers one after another instead",
        "StringLookup": _TAKES_TEXT,
        "TFSMLayer": "it loads a saved model from a path, and with it any code",
        "TextVectorization": _TAKES_TEXT,
        "TorchModuleWrapper": _RUNS_CODE,
        "Wrapper": _BASE,
    },
    "optimizers": {
        "MultiOptimizer": _TAKES_OBJECTS,
        "Optimizer": _BASE,
        "OptimizerMap": _TAKES_OBJECTS,
    },
    "losses": {
        "CategoricalGeneralizedCrossEntropy": "Keras compares each prediction with the labels of the whole batch",
        "Loss": _BASE,
        "LossFunctionWrapper": _RUNS_CODE,
    },
    "metrics": {"Mean": _ONE_ARRAY, "MeanMetricWrapper": _RUNS_CODE, "Metric": _BASE, "Sum": _ONE_ARRAY},
    "initializers": {"Initializer": _BASE},
    "regularizers": {"Regularizer": _BASE},
    "constraints": {"Constraint": _BASE},
    "schedules": {"LearningRateSchedule": _BASE},
    "callbacks": {
        "BackupAndRestore": _WRITES_FILES,
        "Callback": _BASE,
        "CallbackList": _TAKES_OBJECTS,
        "History": _RUN_DOES_IT,
        "LambdaCallback": _RUNS_CODE,
        "ModelCheckpoint": "every run writes checkpoints; keep: best keeps the weights of the best epoch",
        "OrbaxCheckpoint": _WRITES_FILES,
        "ProgbarLogger": _RUN_DOES_IT,
        "RemoteMonitor": "it sends the metrics over the network",
        "SwapEMAWeights": "with use_ema, every training ends with the averaged weights anyway",
    },
    "activations": {"threshold": "it needs arguments, which Keras cannot save with a model"},
}

_NOT_HERE = "Keras does not take it for this layer"
_CANNOT_BE_SAVED = "Keras cannot save it with a model"
_BETWEEN_EPOCHS = "only the metrics of each epoch are available outside the compiled training"
_VERBOSE = ("EarlyStopping", "LearningRateScheduler", "ReduceLROnPlateau")
_SHAPE_FROM_DATA = "the input shape comes from the data"

# "Entry.argument" is in Keras's signature and left out; a bare "argument" is one that only older Keras took.
REFUSED_ARGUMENTS: Mapping[str, Mapping[str, str]] = {
    "layers": {
        "ActivityRegularization.activity_regularizer": "l1 and l2 set it",
        "Bidirectional.weights": "Keras takes it and does not use it",
        "Dense.quantization_config": _TAKES_OBJECTS,
        "EinsumDense.gptq_unpacked_column_size": "Keras sets it when it quantizes a model",
        "EinsumDense.quantization_config": _TAKES_OBJECTS,
        "Embedding.quantization_config": _TAKES_OBJECTS,
        "Embedding.weights": _TAKES_OBJECTS,
        "Input.batch_shape": "the batch size is a setting of the experiment",
        "Input.batch_size": "the batch size is a setting of the experiment",
        "Input.optional": "an experiment feeds every input",
        "Input.ragged": "the data of an experiment are dense arrays",
        "Input.sparse": "the data of an experiment are dense arrays",
        "Input.tensor": _TAKES_OBJECTS,
        "IntegerLookup.activity_regularizer": _NOT_HERE,
        "IntegerLookup.autocast": _NOT_HERE,
        "batch_input_shape": _SHAPE_FROM_DATA,
        "batch_shape": _SHAPE_FROM_DATA,
        "input_dim": _SHAPE_FROM_DATA,
        "input_length": _SHAPE_FROM_DATA,
        "input_shape": _SHAPE_FROM_DATA,
    },
    "optimizers": {
        "decay": "Keras 3 ignores it; write a schedule as the learning_rate",
        "lr": "Keras 3 calls it learning_rate",
    },
    "callbacks": {
        **{f"{name}.verbose": "the metrics show what a callback does" for name in _VERBOSE},
        "CSVLogger.append": "every run has its own folder, and a resumed run appends to the same file",
        "CSVLogger.filename": "the file is log.csv in the run folder",
        "TensorBoard.embeddings_freq": _BETWEEN_EPOCHS,
        "TensorBoard.embeddings_metadata": _BETWEEN_EPOCHS,
        "TensorBoard.histogram_freq": _BETWEEN_EPOCHS,
        "TensorBoard.log_dir": "the folder is tensorboard/ in the run folder",
        "TensorBoard.profile_batch": _BETWEEN_EPOCHS,
        "TensorBoard.update_freq": _BETWEEN_EPOCHS,
        "TensorBoard.write_graph": _BETWEEN_EPOCHS,
        "TensorBoard.write_images": _BETWEEN_EPOCHS,
        "TensorBoard.write_steps_per_second": _BETWEEN_EPOCHS,
        "TerminateOnNaN.raise_error": "a loss that is NaN or infinite always ends the run as failed",
    },
    "activations": {
        "celu.alpha": _CANNOT_BE_SAVED,
        "gelu.approximate": _CANNOT_BE_SAVED,
        "glu.axis": _CANNOT_BE_SAVED,
        "hard_shrink.threshold": _CANNOT_BE_SAVED,
        "log_softmax.axis": _CANNOT_BE_SAVED,
        "soft_shrink.threshold": _CANNOT_BE_SAVED,
        "sparsemax.axis": _CANNOT_BE_SAVED,
        "squareplus.b": _CANNOT_BE_SAVED,
    },
}
