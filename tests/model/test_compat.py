"""The private names of Keras and TensorFlow: each still does what nnrun needs, and only `compat` has them."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

from nnrun.model import compat
from tools.measure import COMPAT, ROOT, private_names, read_tree


def test_no_other_file_has_a_private_name() -> None:
    sources = read_tree(ROOT)
    found = {source.path: names for source in sources if (names := private_names(source))}
    assert list(found) == [COMPAT]
    assert len(found[COMPAT]) == 8


def test_importing_it_loads_neither_keras_nor_tensorflow() -> None:
    program = "import sys, nnrun.model.compat; sys.exit(bool({'keras', 'tensorflow', 'numpy'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.keras
def test_the_postponed_module_exists_and_is_that_of_the_public_name() -> None:
    import tensorflow as tf

    assert find_spec(compat.POSTPONED_MODULE) is not None
    assert tf.compat.__name__ == compat.POSTPONED_MODULE


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
