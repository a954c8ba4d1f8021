"""Event files, read back with TensorBoard itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from run_folder import EPOCHS, PIXEL
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams.backend_context import Context
from tensorboard.plugins.hparams.list_session_groups import Handler
from tensorboard.util import tensor_util

from nnrun.errors import Interrupted, TrainingError
from nnrun.runs.metrics_file import read_metrics

# The import of TensorFlow by TensorBoard takes seconds.
pytestmark = pytest.mark.keras


def events(folder: Path, part: str) -> EventAccumulator:
    found = EventAccumulator(str(folder / "tensorboard" / part), size_guidance={"scalars": 0, "tensors": 0})
    found.Reload()
    return found


def test_the_curves_are_those_of_metrics_csv_by_the_names_of_keras(track, run_folder):
    assert track(run_folder, "tensorboard").warnings == []
    metrics = read_metrics(run_folder / "metrics.csv")
    train, validation = events(run_folder, "train"), events(run_folder, "validation")
    assert train.Tags()["scalars"] == ["epoch_loss", "epoch_learning_rate"]
    assert validation.Tags()["scalars"] == ["epoch_loss"]
    for found, name in ((train, "loss"), (validation, "val_loss")):
        scalars = found.Scalars("epoch_loss")
        assert [scalar.step for scalar in scalars] == list(range(1, EPOCHS + 1))
        assert [scalar.value for scalar in scalars] == pytest.approx(metrics[name])
    moments = [scalar.wall_time for scalar in train.Scalars("epoch_loss")[:150]]
    assert moments[-1] - moments[0] == pytest.approx(149 * 0.5)


def test_the_weights_are_histograms_and_the_pictures_are_there(track, run_folder):
    track(run_folder, "tensorboard")
    train = events(run_folder, "train")
    assert {"neuron/kernel", "neuron/bias"} <= set(train.Tags()["tensors"])
    kernels = train.Tensors("neuron/kernel")
    assert (kernels[0].step, kernels[-1].step) == (0, EPOCHS)
    last = tensor_util.make_ndarray(kernels[-1].tensor_proto)
    assert last[:, 2].sum() == 1  # one weight
    assert last[0, 0] <= 2.0 <= last[-1, 1]
    (image,) = events(run_folder, "").Images("prediction")
    assert (image.width, image.height, image.encoded_image_string) == (1, 1, PIXEL)


def session_groups(folder: Path):
    """What the tab HPARAMS shows of a folder of runs."""
    multiplexer = EventMultiplexer().AddRunsFromDirectory(str(folder))
    multiplexer.Reload()
    context = Context(TBContext(data_provider=MultiplexerDataProvider(multiplexer, str(folder))))
    status = [api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE, api_pb2.STATUS_UNKNOWN, api_pb2.STATUS_RUNNING]
    request = api_pb2.ListSessionGroupsRequest(slice_size=10, allowed_statuses=status)
    return Handler(RequestContext(), context, "", request).run().session_groups


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (None, api_pb2.STATUS_SUCCESS),
        (TrainingError("Training diverged."), api_pb2.STATUS_FAILURE),
        (Interrupted("Interrupted."), api_pb2.STATUS_UNKNOWN),
    ],
)
def test_the_tab_hparams_has_the_settings_the_metrics_and_the_status(track, run_folder, error, status):
    track(run_folder, "tensorboard", error=error)
    (group,) = session_groups(run_folder.parent)
    assert group.hparams["optimizer.learning_rate"].number_value == 0.01
    assert group.hparams["layers.0.name"].string_value == "neuron"
    assert group.hparams["shuffle"].bool_value is True
    assert "tracking" not in group.hparams
    (session,) = group.sessions
    assert session.status == status
    found = {(metric.name.group, metric.name.tag): metric.value for metric in session.metric_values}
    assert found["train", "epoch_loss"] == pytest.approx(0.004)
    assert ("validation", "epoch_loss") in found


def test_a_resumed_run_has_every_epoch_once(track, run_folder):
    track(run_folder, "tensorboard", until=250, error=Interrupted("Interrupted."))
    assert len(events(run_folder, "train").Scalars("epoch_loss")) == 250
    track(run_folder, "tensorboard", resumed=200)
    steps = [scalar.step for scalar in events(run_folder, "train").Scalars("epoch_loss")]
    assert steps == list(range(1, EPOCHS + 1))


def test_a_large_model_has_the_histograms_of_its_last_weights(track, run_folder):
    (run_folder / "trace.npz").rename(run_folder / "weights.npz")
    track(run_folder, "tensorboard")
    assert [tensor.step for tensor in events(run_folder, "train").Tensors("neuron/kernel")] == [EPOCHS]


def test_a_link_in_place_of_the_folder_is_left_alone(track, run_folder, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("mine")
    (run_folder / "tensorboard").symlink_to(tmp_path / "mine")
    (warning,) = track(run_folder, "tensorboard").warnings
    assert warning.endswith("tensorboard is a link")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["file"]
