"""Blocks of trials on the disk, and the tables that are written from them."""

from __future__ import annotations

import csv
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnrun.errors import StorageError
from nnrun.sweep.results.tables import read_table
from nnrun.sweep.table.block_files import finished_indices, read_blocks, write_block
from nnrun.sweep.table.table_files import write_table_files
from nnrun.sweep.table.trial_block import MOST_POINTS, TrialBlock, curve_epochs
from nnrun.sweep.table.trial_table import TrialTable

EPOCHS = 100
RATES = (0.01, 0.1, 1e-7, 1.0)
LAYERS = ('[{"Dense": 1}]', "wide", "=1+1")


def block_of(indices: Any, **changes: Any) -> TrialBlock:
    """Trials whose numbers follow from their index, as those of a training follow from its settings."""
    index = np.asarray(indices, np.int64)
    failed = index % 5 == 3
    epochs = np.where(failed, index % EPOCHS, EPOCHS).astype(np.int32)
    points = curve_epochs(EPOCHS)
    loss = np.where(failed, np.nan, 1 / (index + 1))
    curves = (1 / (index[:, None] + points)).astype(np.float32)
    arrays = {
        "index": index,
        "settings": {
            "seed": index,
            "optimizer.learning_rate": np.array(RATES)[index % len(RATES)],
            "variant": np.array(LAYERS)[index % len(LAYERS)],
        },
        "status": failed.astype(np.uint8),
        "epochs": epochs,
        "reached": (index % 7).astype(np.int32),
        "met": np.where(failed, -1, index % 2).astype(np.int8),
        "objective": np.full(len(index), np.nan),
        "final": {"loss": loss, "val_loss": loss / 3},
        "best": {"loss": loss, "val_loss": loss / 3},
        "best_epoch": np.where(failed, 0, EPOCHS).astype(np.int32),
        "seconds": index * 1e-4,
        "reason": np.where(failed, "loss became nan in epoch " + np.char.add(epochs.astype(str), "."), ""),
        "curve_epochs": points,
        "curves": {"loss": np.where(points > epochs[:, None], np.float32(np.nan), curves)},
        "weights": {"hidden/kernel": np.stack([np.full((2, 3), i, np.float32) for i in index])},
    }
    return TrialBlock(**(arrays | changes))


def tables(folder: Path, **options: Any) -> tuple[bytes, bytes]:
    write_table_files(folder, ("variant", "optimizer.learning_rate", "seed"), reaching=True, **options)
    return (folder / "trials.csv").read_bytes(), (folder / "trials.npz").read_bytes()


@given(st.permutations(range(40)), st.lists(st.integers(1, 39), max_size=6), st.lists(st.integers(0, 39), max_size=5))
@settings(max_examples=12)
def test_the_tables_do_not_depend_on_how_the_trials_came(order, cuts, again):
    """Blocks in any order and of any size, trials that come twice, torn and foreign files: the same bytes."""
    with TemporaryDirectory() as whole, TemporaryDirectory() as parts:
        write_block(Path(whole), block_of(range(40)))
        bounds = sorted({0, *cuts, len(order)})
        for start, stop in pairwise(bounds):
            last = write_block(Path(parts), block_of(order[start:stop]))
        if again:
            write_block(Path(parts), block_of(again))
        torn = last.read_bytes()
        last.with_name("900000-0-0-000000000000.npz").write_bytes(torn[: len(torn) // 2])
        damaged = bytearray(torn)
        damaged[len(torn) // 3] ^= 1
        last.with_name("900001-0-0-000000000000.npz").write_bytes(damaged)
        last.with_name("notes.npz").write_bytes(b"")
        assert finished_indices(Path(parts)).tolist() == list(range(40))
        assert tables(Path(parts)) == tables(Path(whole))
        assert not (Path(parts) / "blocks").exists()
        assert finished_indices(Path(parts)).tolist() == list(range(40))


def test_a_table_has_the_columns_and_cells_of_a_sweep_with_folders(tmp_path):
    write_block(tmp_path, block_of(range(4)))
    text, _ = tables(tmp_path)
    assert text.decode().splitlines()[0] == (
        "index,variant,optimizer.learning_rate,seed,status,epochs,reached,expectations,final_loss,final_val_loss,"
        "best_epoch,best_loss,best_val_loss,seconds,reason"
    )
    rows = list(csv.reader(text.decode().splitlines()))
    assert rows[3][:9] == ["2", "'=1+1", "1e-07", "2", "completed", "100", "2", "not met", "0.3333333333333333"]
    assert rows[4][4:] == ["failed", "3", "3", *[""] * 6, "0.00030000000000000003", "loss became nan in epoch 3."]
    assert rows[1][6] == ""  # never
    assert [row["variant"] for row in read_table(tmp_path / "trials.csv")] == [*LAYERS, LAYERS[0]]


def test_numpy_reads_every_array(tmp_path):
    write_block(tmp_path, block_of([2, 0]))
    write_block(tmp_path, block_of([1, 3]))
    tables(tmp_path)
    with np.load(tmp_path / "trials.npz", allow_pickle=False) as arrays:
        assert arrays["index"].tolist() == [0, 1, 2, 3]
        assert arrays["settings/optimizer.learning_rate"].tolist() == list(RATES)
        assert arrays["settings/variant/texts"][arrays["settings/variant/code"]].tolist() == [*LAYERS, LAYERS[0]]
        assert arrays["status/texts"][arrays["status/code"]].tolist() == ["completed"] * 3 + ["failed"]
        assert arrays["weights/hidden/kernel"][3].tolist() == np.full((2, 3), 3).tolist()
        points = arrays["curve_epochs"].tolist()
        assert arrays["curves/loss"].dtype == np.float32
        assert arrays["curves/loss"][0, points.index(10)] == np.float32(0.1)
        assert np.isnan(arrays["curves/loss"][3]).tolist() == [epoch > 3 for epoch in points]


def test_a_block_is_read_as_it_was_written(tmp_path):
    block = block_of([5, 3, 8])
    write_block(tmp_path, block)
    (read,) = read_blocks(tmp_path)
    assert len(read) == 3
    for name in ("index", "status", "epochs", "reached", "met", "best_epoch", "seconds", "reason", "curve_epochs"):
        assert getattr(read, name).tolist() == getattr(block, name).tolist()
        assert getattr(read, name).dtype.kind == getattr(block, name).dtype.kind
    for group in ("settings", "final", "best", "curves", "weights"):
        assert list(getattr(read, group)) == list(getattr(block, group))
        for name, values in getattr(block, group).items():
            np.testing.assert_array_equal(getattr(read, group)[name], values)


def test_a_sweep_that_is_not_finished_keeps_its_blocks(tmp_path):
    write_block(tmp_path, block_of(range(3)))
    write_table_files(tmp_path, ("seed",), reaching=False, finished=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blocks", "trials.csv"]
    assert [row["index"] for row in read_table(tmp_path / "trials.csv")] == ["0", "1", "2"]
    write_block(tmp_path, block_of(range(3, 6)))
    assert TrialTable.open(tmp_path).index.tolist() == list(range(6))


def test_a_trial_that_is_trained_again_after_the_end_replaces_the_one_before(tmp_path):
    write_block(tmp_path, block_of(range(10)))
    tables(tmp_path)
    write_block(tmp_path, block_of([3], status=np.zeros(1, np.uint8)))
    assert TrialTable.open(tmp_path).read("status").tolist() == [0, 0, 0, 0, 0, 0, 0, 0, 1, 0]
    tables(tmp_path)
    assert [row["status"] for row in read_table(tmp_path / "trials.csv")].count("failed") == 1


def test_blocks_of_other_types_epochs_and_shapes_have_room_in_one_table(tmp_path):
    epochs, short = curve_epochs(10), curve_epochs(5)
    rising = np.arange(1, 11, dtype=np.float32)[None]
    write_block(
        tmp_path,
        block_of(
            [0],
            settings={"rate": np.array([1])},
            curve_epochs=epochs,
            curves={"loss": rising[:, epochs - 1]},
            weights={"kernel": np.ones((1, 1, 2), np.float32)},
        ),
    )
    write_block(
        tmp_path,
        block_of(
            [1],
            settings={"rate": np.array([0.5])},
            final={"loss": np.ones(1), "val_loss": np.ones(1), "test_loss": np.ones(1)},
            curve_epochs=short,
            curves={"loss": rising[:, short - 1]},
            weights={"kernel": np.ones((1, 2, 1), np.float32)},
        ),
    )
    table = write_table_files(tmp_path, ("rate",), reaching=False)
    assert table.texts("settings/rate")[table.read("settings/rate")].tolist() == ["1", "0.5"]
    assert table.curve_epochs.tolist() == epochs.tolist()
    curves = table.read("curves/loss")
    assert curves[0].tolist() == epochs.tolist()
    assert curves[1][: len(short)].tolist() == short.tolist()
    assert np.isnan(curves[1][len(short) :]).all()
    one, two = table.read("weights/kernel")
    assert (one.shape, two.shape) == ((2, 2), (2, 2))
    assert np.isnan(one).tolist() == [[False, False], [True, True]]
    assert np.isnan(two).tolist() == [[False, True], [False, True]]
    assert np.isnan(table.read("final/test_loss")).tolist() == [True, False]


def test_a_table_without_any_trial_has_its_header(tmp_path):
    write_table_files(tmp_path, ("seed",), reaching=False, finished=False)
    assert (tmp_path / "trials.csv").read_text() == "index,seed,status,epochs,seconds,reason\n"
    assert finished_indices(tmp_path).tolist() == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive", b"x" * 1000])
def test_a_file_that_is_no_table_is_an_error_of_storage(tmp_path, content):
    (tmp_path / "trials.npz").write_bytes(content)
    with pytest.raises(StorageError, match=r"trials\.npz is not the table of a sweep"):
        TrialTable.open(tmp_path)


def test_no_file_runs_code(tmp_path):
    with (tmp_path / "trials.npz").open("wb") as stream:
        np.savez(stream, index=np.array([print], object))
    with pytest.raises(StorageError, match="no array of rows"):
        TrialTable.open(tmp_path)


@given(st.integers(1, 10**7))
def test_curves_have_few_points_from_the_first_epoch_to_the_last(epochs):
    points = curve_epochs(epochs).tolist()
    assert (points[0], points[-1]) == (1, epochs)
    assert points == sorted(set(points))
    assert len(points) <= MOST_POINTS
    assert epochs > 20 or len(points) == epochs


PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_table_files import block_of, write_block, write_table_files
folder = Path(sys.argv[1])
for start in range(0, 300_000, 5_000):
    write_block(folder, block_of(range(start, start + 5_000)))

def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))

before = peak()
write_table_files(folder, ("variant", "optimizer.learning_rate", "seed"), reaching=True)
print(peak() - before, peak())
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of the memory in /proc")
def test_tables_are_written_in_less_memory_than_they_have(tmp_path):
    words = [sys.executable, "-c", PROGRAM, str(tmp_path), str(Path(__file__).parent)]
    grown, peak = map(int, subprocess.run(words, check=True, capture_output=True, text=True).stdout.split())
    assert grown * 1024 < (tmp_path / "trials.npz").stat().st_size
    assert peak < 500_000
