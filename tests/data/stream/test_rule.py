"""Data of files are streamed where they are too large for the memory, or where the experiment says so."""

from dataclasses import replace

import pytest

from experiments import shipped, written
from nnrun.data.stream import rule
from nnrun.data.stream.rule import data_bytes, stream_if_large
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.split_section import SplitRule
from nnrun.network.sizes import memory_needs

TEXT = """
data:
  generator: moons
  stream: true
layers: [{Dense: {units: 1, activation: sigmoid}}]
optimizer: sgd
loss: binary_crossentropy
epochs: 1
"""


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> Experiment:
    """An experiment on 3 GB of data that can be streamed."""
    monkeypatch.setattr(rule, "can_stream", lambda generator: True)
    moons = shipped("moons")
    return replace(moons, columns=replace(moons.columns, samples=2**28))


def test_data_larger_than_a_quarter_of_the_free_memory_are_streamed(large: Experiment) -> None:
    assert data_bytes(large) == 3 * 2**30
    assert stream_if_large(large, 13 * 2**30).data.stream is None
    assert stream_if_large(large, 11 * 2**30).data.stream is True


def test_the_decision_is_part_of_the_resolved_experiment(large: Experiment) -> None:
    decided = stream_if_large(large, 2**30)
    assert decided.resolved["data"]["stream"] is True
    assert stream_if_large(decided, None) == decided


def test_a_written_setting_stays(large: Experiment) -> None:
    written_off = replace(large, data=replace(large.data, stream=False))
    assert stream_if_large(written_off, 2**20) == written_off


def test_nothing_is_decided_where_the_free_memory_is_not_known(large: Experiment) -> None:
    assert stream_if_large(large, None).data.stream is None


def test_streamed_data_need_no_more_memory_than_their_buffers(large: Experiment) -> None:
    needed = max(need.size for need in memory_needs(large))
    assert needed == 3 * 2**30
    assert max(need.size for need in memory_needs(stream_if_large(large, 2**30))) < 2**29


def test_a_generator_that_makes_its_rows_in_memory_cannot_stream_them() -> None:
    with pytest.raises(ExperimentError, match="moons makes its rows in memory and cannot stream its rows") as refused:
        written(TEXT)
    place = refused.value.problems[0].place
    assert place is not None
    assert (place.line, place.column) == (4, 11)


def test_the_engine_keras_does_not_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule, "can_stream", lambda generator: True)
    with pytest.raises(ExperimentError, match="engine keras does not stream") as refused:
        written(TEXT + "engine: keras\n")
    place = refused.value.problems[0].place
    assert place is not None
    assert place.line == 9


def test_rows_that_a_column_splits_are_not_streamed(monkeypatch: pytest.MonkeyPatch, large: Experiment) -> None:
    text = TEXT.replace("moons\n", "moons\n  split: stratified\n  validation_split: 0.2\n")
    with pytest.raises(ExperimentError) as caught:
        written(text)
    assert [problem.message for problem in caught.value.problems] == [
        "Rows that are streamed are split at random or by their order in the file.",
    ]
    by_class = replace(large, data=replace(large.data, split=SplitRule("stratified")))
    assert stream_if_large(by_class, 2**32).data.stream is None


def test_medians_and_quartiles_of_wide_rows_are_not_streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule, "can_stream", lambda generator: True)
    text = TEXT.replace("moons\n", "{blobs: {features: 65}}\n  scale: robust\n").replace("binary_cross", "mse #")
    with pytest.raises(ExperimentError) as caught:
        written(text)
    message = "Streamed rows have medians and quartiles of at most 64 features. Received: 65"
    assert [problem.message for problem in caught.value.problems] == [message]
