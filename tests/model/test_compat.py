"""The private names of Keras and TensorFlow: each still does what nnrun needs, and only `compat` has them."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from nnrun.model import compat
from tools.measure import COMPAT, ROOT, private_names, read_tree

Told = dict[str, Any]


def test_no_other_file_has_a_private_name() -> None:
    sources = read_tree(ROOT)
    found = {source.path: names for source in sources if (names := private_names(source))}
    assert list(found) == [COMPAT]
    assert len(found[COMPAT]) == 32


def test_importing_it_loads_neither_keras_nor_tensorflow() -> None:
    program = "import sys, nnrun.model.compat; sys.exit(bool({'keras', 'tensorflow', 'numpy'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", program], check=True)


# What the modules of TensorFlow add to its registries while they are loaded, without their addresses.
REGISTRIES = """
import gc
from tensorflow.python.framework import ops, registry, tensor, type_spec_registry
from tensorflow.python.framework import tensor_conversion_registry
from tensorflow.python.ops.ragged import ragged_tensor
from tensorflow.python.saved_model import nested_structure_coder
gc.unfreeze()
found = {each._name: sorted(map(str, each._registry)) for each in gc.get_objects() if type(each) is registry.Registry}
found["types"] = sorted(type_spec_registry._NAME_TO_TYPE_SPEC)
found["conversions"] = sorted(map(str, tensor_conversion_registry._tensor_conversion_func_registry))
found["structures"] = sorted(type(each).__name__ for each in nested_structure_coder._codecs)
found["tensors"] = sorted(vars(tensor.Tensor))
found["ragged"] = sorted(vars(ragged_tensor.RaggedTensor))
told["registries"] = found
"""
# What only a postponed module uses, and adds when it is loaded: gradients of operations of `tf.lite` and of
# `tf.debugging.experimental`, and what the profiler of version 1 counts.
OF_POSTPONED = {"gradient": {"AudioMicrofrontend", "DebugIdentityV2"}, "statistical functions": set()}
LOADED = f"[name for name in {list(compat.POSTPONED_MODULES)} if type(sys.modules[name]) is types.ModuleType]"
NOT_LOADED = f"""
import types
told["loaded"] = {LOADED} + [*{{"scipy", "IPython", "requests", "tensorflow.python.keras"}} & sys.modules.keys()]
values = [value for module in [*sys.modules.values()] for value in [*getattr(module, "__dict__", {{}}).values()]]
told["late"] = [repr(value) for value in values if type(value).__name__ == "_LateName"]
told["stand-ins"] = sorted({{value.__name__ for value in values if type(value).__name__ == "_StandIn"}})
"""
REQUESTS = """
assert "requests" not in sys.modules
from requests.adapters import HTTPAdapter  # as tf2onnx does
import requests
from keras.src.callbacks import remote_monitor
from tensorflow.python.distribute.failure_handling import failure_handling_util
told["requests"] = [requests.adapters.HTTPAdapter is HTTPAdapter,
    requests.Session is remote_monitor.requests.Session,
    failure_handling_util.requests.exceptions is requests.exceptions]
"""
LATE_NAMES = f"""
from importlib import import_module
holders = sorted({sorted(holder for holders in compat.IMPORTED_LATE.values() for holder in holders)})
from tensorflow.nn import RNNCellDeviceWrapper
told["late names"] = [getattr(import_module(holder), name).__module__ for holder in holders for name in
    ("RNNCellDropoutWrapper", "exponential_decay") if hasattr(import_module(holder), name)]
"""
MOVED = f"""
assert {LOADED} == []
import tensorflow as tf
before = dict(vars(tf))
assert tf.compat.v1.Session and tf.feature_column.numeric_column and tf.test.TestCase and tf.lite.TFLiteConverter
told["moved"] = [name for name in before if vars(tf)[name] is not before[name]]
"""
QUIETLY = "from nnrun.model.runtime import import_quietly; import_quietly()"


def told_by(*parts: str) -> Told:
    """What a process of these parts tells, each with all that those before it have loaded."""
    program = "\n".join(["import json, sys; told = {}", *parts, "print(json.dumps(told))"])
    return json.loads(subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout)


@pytest.fixture(scope="module")
def whole() -> Told:
    """What a process tells that has imported TensorFlow and Keras as anyone does."""
    return told_by("import keras, tensorflow", REGISTRIES, LATE_NAMES)


@pytest.fixture(scope="module")
def quiet() -> Told:
    """What one tells that has imported them as nnrun does, the first parts before anything postponed is loaded."""
    return told_by(QUIETLY, NOT_LOADED, REGISTRIES, REQUESTS, LATE_NAMES, MOVED)


@pytest.mark.keras
def test_every_postponed_module_exists_and_imports_the_names_that_are_read_without_it() -> None:
    for name, elsewhere in compat.POSTPONED_MODULES.items():
        assert find_spec(name) is not None
        for attribute, source in elsewhere.items():
            assert getattr(import_module(name), attribute) is getattr(import_module(source), attribute)


@pytest.mark.keras
def test_after_the_quiet_import_the_postponed_modules_are_not_loaded_and_all_names_are_real(quiet: Told) -> None:
    assert quiet["loaded"] == quiet["late"] == []
    assert quiet["stand-ins"] == ["requests"]


@pytest.mark.keras
def test_after_the_quiet_import_requests_is_whole_for_whoever_imports_it_and_for_tensorflow_and_keras(
    quiet: Told,
) -> None:
    assert quiet["requests"] == [True, True, True]


@pytest.mark.keras
def test_names_that_are_imported_late_are_those_of_tensorflow(quiet: Told, whole: Told) -> None:
    assert quiet["late names"] == whole["late names"]
    assert len(quiet["late names"]) == 3


@pytest.mark.keras
def test_what_is_postponed_registers_nothing_that_tensorflow_uses_without_it(quiet: Told, whole: Told) -> None:
    expected, found = whole["registries"], quiet["registries"]
    assert len(expected["gradient"]) > 500
    assert {name for name in expected if expected[name] != found[name]} == OF_POSTPONED.keys()
    assert {*expected["gradient"]} - {*found["gradient"]} == OF_POSTPONED["gradient"]
    assert {*expected["statistical functions"]} > {*found["statistical functions"]}


@pytest.mark.keras
def test_to_load_what_is_postponed_leaves_every_interface_in_its_place(quiet: Told) -> None:
    assert quiet["moved"] == []


@pytest.mark.keras
def test_names_are_counted_from_the_start_again() -> None:
    import keras

    keras.layers.Dense(1)
    compat.reset_names()
    assert [keras.layers.Dense(1).name, keras.layers.Dense(1).name] == ["dense", "dense_1"]


@pytest.mark.keras
def test_names_are_counted_on_from_where_they_were() -> None:
    import keras

    compat.reset_names()
    keras.layers.Dense(1)
    counts = compat.take_names()
    first = [keras.layers.Dense(1).name, keras.layers.ReLU().name]
    compat.put_names(counts)
    assert [keras.layers.Dense(1).name, keras.layers.ReLU().name] == first == ["dense_1", "re_lu"]


@pytest.mark.keras
def test_metrics_and_loss_are_built_without_a_step() -> None:
    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae", keras.metrics.AUC()])
    before = model.get_weights()
    with pytest.raises(ValueError, match="has not yet been built"):
        model.get_metrics_result()
    compat.build_metrics_and_loss(model, (np.zeros((3, 2), np.float32), np.zeros((3, 1), np.float32)))
    assert set(model.get_metrics_result()) == {"loss", "mae", "auc"}
    assert all(np.array_equal(a, b) for a, b in zip(model.get_weights(), before, strict=True))


@pytest.mark.keras
def test_variables_without_values_have_those_of_their_initializers_and_are_created_by_nobody_later() -> None:
    import keras
    import numpy as np

    def initializer() -> keras.initializers.Initializer:
        return keras.initializers.GlorotUniform(seed=7)

    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).compute_output_spec(keras.KerasTensor((None, 2)))
    with compat.without_values():
        layer = keras.layers.Dense(3, kernel_initializer=initializer())
        layer.build((None, 2))
    with keras.StatelessScope():
        pass  # which creates all variables that Keras has in its list
    # Once it is created, a variable's value is always the same object.
    assert layer.kernel.value is not layer.kernel.value
    np.testing.assert_array_equal(layer.kernel.value, initializer()((2, 3)))


@pytest.mark.keras
def test_a_variable_without_a_value_knows_its_initializer() -> None:
    import keras

    drawing = keras.initializers.GlorotUniform(seed=7)
    with compat.without_values():
        layer = keras.layers.Dense(3, kernel_initializer=drawing)
        layer.build((None, 2))
    assert isinstance(compat.initializer_of(layer.kernel), keras.initializers.GlorotUniform)
    assert compat.initializer_of(layer.kernel).seed == 7


@pytest.mark.keras
def test_crossentropies_stay_single_operations_although_operations_are_deterministic() -> None:
    import tensorflow as tf

    @tf.function
    def loss(labels, logits):  # type: ignore[no-untyped-def]
        return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)

    tf.config.experimental.enable_op_determinism()
    compat.use_fused_crossentropies()
    shapes = tf.TensorSpec([4], tf.int32), tf.TensorSpec([4, 3], tf.float32)
    operations = {operation.type for operation in loss.get_concrete_function(*shapes).graph.get_operations()}
    assert "SparseSoftmaxCrossEntropyWithLogits" in operations
