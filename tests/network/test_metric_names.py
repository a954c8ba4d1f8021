"""What a training measures is known by name before Keras is loaded, and nothing is refused that it may measure."""

from __future__ import annotations

import pytest

from experiments import written
from nnrun.errors import ExperimentError
from nnrun.network.metric_names import measured_names

ONE = """\
data: {generator: moons, validation_split: 0.1, test_split: 0.1}
layers: [{Dense: {units: 1, activation: sigmoid}}]
optimizer: adam
loss: bce
metrics: METRICS
epochs: 1
expect: [LOOKED < 1]
"""
TWO = """\
data: {generator: moons}
layers:
  - Dense: {units: 1, name: val, inputs: input}
  - Dense: {units: 1, name: b, inputs: input}
outputs: {val: {target: class, metrics: [mae]}, b: {target: class}}
optimizer: adam
loss: mse
epochs: 1
expect: [LOOKED < 1]
"""


def one(metrics: str, looked: str = "loss") -> str:
    return ONE.replace("METRICS", metrics).replace("LOOKED", looked)


@pytest.mark.parametrize(
    ("metrics", "names"),
    [
        ("[]", ()),
        ("[mse, MSE, acc, accuracy]", ("mse", "mean_squared_error", "acc", "accuracy")),
        ("[auc, BinaryIoU]", ("auc", "binary_io_u")),
        ("[{auc: {num_thresholds: 9}}, {FBetaScore: {threshold: 0.5}}]", ("auc", "fbeta_score")),
        ("[{Precision: {name: p, thresholds: 0.9}}, AUC]", ("p", "auc")),
    ],
)
def test_metrics_have_the_name_that_keras_reports(metrics, names):
    assert measured_names(written(one(metrics)).outputs) == ("loss", *names)


@pytest.mark.parametrize(
    "looked",
    ["loss", "val_loss", "test_loss", "auc", "auc_1", "val_auc_2", "test_auc", "f1_score_0", "learning_rate"],
)
def test_what_may_be_measured_passes(looked):
    assert written(one("[AUC, AUC, f1_score]", looked)).expect


@pytest.mark.parametrize("looked", ["auc_x", "val_val_loss", "test_val_loss", "val", "val_"])
def test_an_unknown_metric_is_refused(looked):
    with pytest.raises(ExperimentError, match="Unknown metric"):
        written(one("[AUC]", looked))


@pytest.mark.parametrize("looked", ["loss", "val_loss", "b_loss", "val_mae"])
def test_the_names_of_several_outputs_stand_before_theirs_even_where_a_name_is_val(looked):
    assert written(TWO.replace("LOOKED", looked)).expect


@pytest.mark.parametrize(("path", "reach"), [("data.validation_split", "val_loss"), ("metrics", "anything")])
def test_what_the_trials_of_a_sweep_may_measure_is_left_to_them(path, reach):
    text = one("[auc]").replace("validation_split: 0.1, ", "")
    sweep = f"sweep: {{grid: {{PATH: [1]}}, reach: {reach} < 1}}\n"
    with pytest.raises(ExperimentError, match=r"Unknown metric|there is no validation set"):
        written(text + sweep.replace("PATH", "epochs"))
    assert written(text + sweep.replace("PATH", path)).name == "test"
