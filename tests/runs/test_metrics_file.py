"""The history of a training: a row per epoch, as exact on paper as in memory."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnrun.errors import StorageError
from nnrun.runs.metrics_file import MetricsFile, read_metrics

histories = st.integers(0, 5).flatmap(
    lambda epochs: st.dictionaries(
        st.text(st.characters(exclude_categories=["C"], exclude_characters="\u2028\u2029\x85"), min_size=1).filter(
            lambda name: name != "epoch"
        ),
        st.lists(st.floats(allow_nan=False), min_size=epochs, max_size=epochs),
        min_size=1,
        max_size=4,
    )
)


@settings(max_examples=50, deadline=None)
@given(histories)
def test_numbers_come_back_exactly(tmp_path_factory: pytest.TempPathFactory, history: dict[str, list[float]]) -> None:
    path = tmp_path_factory.mktemp("metrics") / "metrics.csv"
    with MetricsFile(path) as metrics:
        metrics.append(history)
    epochs = len(next(iter(history.values())))
    assert read_metrics(path) == {"epoch": list(range(1, epochs + 1)), **history}


def test_single_precision_comes_back_exactly_too(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random(1000, dtype=np.float32)
    with MetricsFile(tmp_path / "metrics.csv") as metrics:
        metrics.append({"loss": values})  # type: ignore[dict-item]
    assert np.array_equal(np.array(read_metrics(tmp_path / "metrics.csv")["loss"]), values)


def test_chunks_go_on_counting(tmp_path: Path) -> None:
    with MetricsFile(tmp_path / "metrics.csv") as metrics:
        metrics.append({"loss": [0.5, 0.25]})
        metrics.append({"loss": [0.125]})
    assert (tmp_path / "metrics.csv").read_text() == "epoch,loss\n1,0.5\n2,0.25\n3,0.125\n"


def test_rows_are_there_before_the_file_is_closed(tmp_path: Path) -> None:
    with MetricsFile(tmp_path / "metrics.csv") as metrics:
        metrics.append({"loss": [0.5]})
        assert read_metrics(tmp_path / "metrics.csv") == {"epoch": [1.0], "loss": [0.5]}


def test_columns_stand_in_the_order_of_the_format(tmp_path: Path) -> None:
    names = ["seconds", "val_loss", "accuracy", "learning_rate", "val_accuracy", "loss"]
    with MetricsFile(tmp_path / "metrics.csv") as metrics:
        metrics.append({name: [1.0] for name in names})
    expected = ["epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"]
    assert list(read_metrics(tmp_path / "metrics.csv")) == expected


def test_a_resumed_training_begins_with_its_history(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text("epoch,loss\n1,0.5\n2,0.25\n3,0.1\n4,0.0")
    with MetricsFile(path, history={"loss": [0.5, 0.25]}) as metrics:
        metrics.append({"loss": [0.125]})
    assert read_metrics(path) == {"epoch": [1.0, 2.0, 3.0], "loss": [0.5, 0.25, 0.125]}


def test_a_new_training_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    path.write_text("epoch,loss\n1,0.5\n")
    MetricsFile(path).close()
    assert read_metrics(path) == {"epoch": []}


@settings(max_examples=50, deadline=None)
@given(st.integers(min_value=0))
def test_a_torn_file_gives_its_whole_rows(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path = tmp_path_factory.mktemp("metrics") / "metrics.csv"
    whole = {"epoch": [1.0, 2.0, 3.0], "loss": [0.5, 0.25, 0.125], "accuracy": [0.0, 0.5, 1.0]}
    with MetricsFile(path) as metrics:
        metrics.append({"loss": whole["loss"], "accuracy": whole["accuracy"]})
    data = path.read_bytes()
    path.write_bytes(data[: cut % len(data)])
    for name, column in read_metrics(path).items():
        assert column == whole[name][: len(column)]


def test_numbers_that_are_not_finite_are_kept(tmp_path: Path) -> None:
    with MetricsFile(tmp_path / "metrics.csv") as metrics:
        metrics.append({"loss": [math.inf, math.nan]})
    assert str(read_metrics(tmp_path / "metrics.csv")["loss"]) == "[inf, nan]"


def test_other_columns_in_a_later_chunk_are_refused(tmp_path: Path) -> None:
    with MetricsFile(tmp_path / "metrics.csv") as metrics:
        metrics.append({"loss": [1.0]})
        with pytest.raises(ValueError, match="the columns beside epoch are loss; received accuracy"):
            metrics.append({"accuracy": [1.0]})


def test_columns_of_different_lengths_are_refused(tmp_path: Path) -> None:
    with MetricsFile(tmp_path / "metrics.csv") as metrics, pytest.raises(ValueError, match="zip"):
        metrics.append({"loss": [1.0], "accuracy": [1.0, 2.0]})


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_called_that() -> None:
    with (
        MetricsFile(Path("/dev/full")) as metrics,
        pytest.raises(StorageError, match="Could not write /dev/full: the disk is full"),
    ):
        metrics.append({"loss": [1.0]})


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="a part of this path is a file"):
        MetricsFile(tmp_path / "file" / "metrics.csv")


@pytest.mark.parametrize(
    "text", ["epoch,loss\n1\n", "epoch,loss\n1,a\n", "epoch,loss\n1,2,3\n", "epoch\n\0\n", "\x80\n"]
)
def test_a_file_that_is_no_table_of_numbers_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "metrics.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(StorageError, match="is not a table of metrics"):
        read_metrics(tmp_path / "metrics.csv")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="this system does not list descriptors")
def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    for _ in range(3):
        with MetricsFile(path) as metrics:
            metrics.append({"loss": [1.0]})
            assert path in opened_here()
    assert path not in opened_here()


def opened_here() -> list[Path]:
    """What the descriptors of this process are of, some of which other threads may just close."""
    found = []
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            found.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")))
    return found
