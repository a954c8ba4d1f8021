"""Every private name of Keras and TensorFlow that nnrun uses, each with its reason; the rest of nnrun uses public ones.

A release of Keras or TensorFlow may move any of these. `tests/model/test_compat.py` tests each of them, and that no
other file has one. Keras and TensorFlow are imported inside the functions, so importing this module loads neither.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

# What TensorFlow imports for interfaces that a training rarely needs: `runtime` loads each at its first use. The names
# here, which Keras reads whenever it builds a model, and nnrun at every training, do not load it. The public modules,
# such as `tensorflow.lite`, are aliases that TensorFlow sets while it is imported: too late to postpone them.
POSTPONED_MODULES: Mapping[str, Mapping[str, str]] = {
    "tensorflow._api.v2.__internal__.distribute.combinations": {},
    "tensorflow._api.v2.__internal__.distribute.multi_process_runner": {},
    "tensorflow._api.v2.__internal__.feature_column": {},
    "tensorflow._api.v2.__internal__.test": {},
    "tensorflow._api.v2.compat.v1": {
        "placeholder": "tensorflow.python.ops.array_ops",
        "sparse_placeholder": "tensorflow.python.ops.array_ops",
    },
    "tensorflow._api.v2.compat.v2": {},
    "tensorflow._api.v2.debugging.experimental": {},
    "tensorflow._api.v2.experimental.tensorrt": {},
    "tensorflow._api.v2.feature_column": {},
    "tensorflow._api.v2.lite": {},
    "tensorflow._api.v2.mlir": {},
    "tensorflow._api.v2.profiler": {},
    "tensorflow._api.v2.raw_ops": {
        "AssignVariableOp": "tensorflow.python.ops.gen_resource_variable_ops",
        "PlaceholderWithDefault": "tensorflow.python.ops.gen_array_ops",
        "ReadVariableOp": "tensorflow.python.ops.gen_resource_variable_ops",
    },
    "tensorflow._api.v2.test": {},
    "tensorflow._api.v2.tpu": {},
}

# TensorFlow takes three wrappers for `tf.nn`, and what the learning rates of its version 1 are, from the Keras that it
# brings along, 120 modules that nothing else needs. The modules there with those that have names from them.
IMPORTED_LATE: Mapping[str, Sequence[str]] = {
    "tensorflow.python.keras.layers.rnn_cell_wrapper_v2": ("tensorflow._api.v2.nn",),
    "tensorflow.python.keras.optimizer_v2": (
        "tensorflow.python.training.learning_rate_decay",
        "tensorflow.python.training.training",
    ),
}


def import_namesake() -> None:
    """Imports the package `tensorflow.lite`, so that it does not take the place of the interface `tf.lite` later.

    To import a package binds its name in `tensorflow`; TensorFlow binds its interface to the name after that.
    """
    import tensorflow as tf

    interface = tf.lite
    import_module("tensorflow.lite")
    tf.lite = interface


def reset_names() -> None:
    """Lets Keras count its automatic names from the start again.

    Otherwise the second model of a process would have the metric `auc_1` where the first has `auc`. The public
    `keras.utils.clear_session()` does the same, but also discards the dtype policy and all that TensorFlow has cached.
    """
    from keras.src.utils.naming import reset_uids

    reset_uids()


def take_names() -> dict[str, int]:
    """How often Keras has given each automatic name; the public `keras.backend.get_uid` would count one more."""
    from keras.src.backend.common import global_state

    return dict(global_state.get_global_attribute("object_name_uids") or {})


def put_names(counts: Mapping[str, int]) -> None:
    """Lets Keras go on counting its automatic names from these counts, as after the model was built that has them."""
    from keras.src.backend.common import global_state

    global_state.set_global_attribute("object_name_uids", defaultdict(int, counts))


def build_metrics_and_loss(model: keras.Model, batch: tuple[Any, ...]) -> None:
    """Creates the variables of a compiled model's metrics and loss.

    `fit` does the same before its first step. The public `train_on_batch` and `test_on_batch` create them as well, but
    they trace and run a program, and training changes the weights.

    Args:
        model: compiled.
        batch: inputs, targets and, if any, sample weights, as `fit` takes them.
    """
    model._symbolic_build(data_batch=batch)


@contextmanager
def without_values() -> Iterator[None]:
    """Creates variables in this block with their initializer only, without memory for their values.

    `value` of such a variable is what the initializer draws. The public `keras.StatelessScope` alone adds them to a
    list of Keras's, and the next scope of that kind would create them all, so they get a list of their own.
    """
    import keras
    from keras.src.backend.common import global_state

    name = "uninitialized_variables"
    before = global_state.get_global_attribute(name)
    global_state.set_global_attribute(name, None)
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        global_state.set_global_attribute(name, before)


def initializer_of(variable: Any) -> Any:
    """What draws the value of a variable that was created in `without_values`.

    No public name leads from a variable to its initializer: `value` calls it at once.
    """
    return variable._initializer


def use_fused_crossentropies() -> None:
    """Lets the two cross-entropies of `tf.nn` stay single operations under op determinism. For the CPU only.

    With op determinism TensorFlow computes them in several operations, because the single ones are not deterministic
    on a GPU. On the CPU they are. The scatter among the several keeps XLA from making one function of a loop, and the
    last bits differ from those of a plain Keras script. The only public switch is
    `tf.config.experimental.enable_op_determinism`, which covers all operations at once.
    """
    from tensorflow.python.ops import nn_ops

    nn_ops.config = SimpleNamespace(is_op_determinism_enabled=lambda: False)
