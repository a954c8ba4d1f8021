"""Checkpoints: whole or not there, never without a predecessor once there were two."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from nnrun.errors import ResumeError
from nnrun.runs.checkpoint import Checkpoint, FoundCheckpoint, find_checkpoint, write_checkpoint
from nnrun.runs.checkpoint_writer import CheckpointWriter
from nnrun.runs.identity import Identity
from nnrun.runs.interval import Interval

arrays = st.dictionaries(
    st.from_regex(r"[a-z]{1,8}/\d", fullmatch=True),
    npst.arrays(
        st.sampled_from([np.float32, np.float64, np.int32, np.uint32, np.bool_]),
        npst.array_shapes(min_dims=0, min_side=0),
    ),
    max_size=4,
)


def checkpoint(number: int) -> Checkpoint:
    return Checkpoint(Identity(threads=number), {"state/0": np.full(3, number, np.float32)})


def number_of(found: FoundCheckpoint | None) -> int:
    assert found is not None
    return int(found.checkpoint.identity.threads or 0)


texts = st.text(max_size=9)
identities = st.builds(
    Identity,
    settings=st.none() | st.dictionaries(texts, st.integers() | texts | st.lists(st.none() | texts), max_size=3),
    versions=st.none() | st.dictionaries(texts, texts, max_size=3),
    engine=st.none() | st.sampled_from(["graph", "xla", "keras"]),
    threads=st.none() | st.integers(1, 100),
    data=st.none() | texts,
)


@given(identity=identities, named=arrays)
def test_what_is_written_is_what_is_found(tmp_path_factory, identity, named):
    folder = tmp_path_factory.mktemp("run")
    write_checkpoint(folder, Checkpoint(identity, named))
    found = find_checkpoint(folder)
    assert found is not None
    assert found.damage is None
    assert found.checkpoint.identity == identity
    assert {name: (a.dtype, a.shape, a.tobytes()) for name, a in found.checkpoint.arrays.items()} == {
        name: (a.dtype, a.shape, a.tobytes()) for name, a in named.items()
    }


def test_there_is_none_before_the_first(tmp_path):
    assert find_checkpoint(tmp_path) is None


def test_the_one_before_stays_as_the_predecessor(tmp_path):
    for number in range(3):
        write_checkpoint(tmp_path, checkpoint(number))
    assert number_of(find_checkpoint(tmp_path)) == 2
    (tmp_path / "checkpoint").unlink()
    assert number_of(find_checkpoint(tmp_path)) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoint.previous"]


@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_single_bit_that_is_wrong_is_noticed(tmp_path_factory, position, bit):
    folder = tmp_path_factory.mktemp("run")
    write_checkpoint(folder, checkpoint(1))
    write_checkpoint(folder, checkpoint(2))
    content = bytearray((folder / "checkpoint").read_bytes())
    content[position % len(content)] ^= 1 << bit
    (folder / "checkpoint").write_bytes(content)
    found = find_checkpoint(folder)
    assert number_of(found) == 1
    assert found is not None
    assert found.damage is not None
    assert "checkpoint is damaged" in found.damage


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 60])
def test_a_file_cut_short_is_noticed(tmp_path, length):
    write_checkpoint(tmp_path, checkpoint(1))
    write_checkpoint(tmp_path, checkpoint(2))
    (tmp_path / "checkpoint").write_bytes((tmp_path / "checkpoint").read_bytes()[:length])
    assert number_of(find_checkpoint(tmp_path)) == 1


def test_another_format_is_refused_with_a_way_out(tmp_path):
    content = b'nnrun checkpoint\n{"format": 2}\n'
    (tmp_path / "checkpoint").write_bytes(content + hashlib.sha256(content).digest())
    with pytest.raises(ResumeError, match=r"written by another version of nnrun(.|\n)*train the experiment again"):
        find_checkpoint(tmp_path)


def test_what_a_kill_left_of_a_link_does_not_stand_in_the_way(tmp_path):
    write_checkpoint(tmp_path, checkpoint(1))
    (tmp_path / ".checkpoint.previous.link").write_bytes(b"left over")
    write_checkpoint(tmp_path, checkpoint(2))
    assert (tmp_path / "checkpoint.previous").read_bytes() != b"left over"
    assert number_of(find_checkpoint(tmp_path)) == 2


def written(folder: Path) -> int | None:
    path = folder / "checkpoint"
    if not path.exists():
        return None
    return int(json.loads(path.read_bytes().split(b"\n")[1])["number of threads"])


def test_a_keeper_writes_after_so_many_epochs(tmp_path):
    numbers = iter(range(100))
    keeper = CheckpointWriter(tmp_path, lambda: checkpoint(next(numbers)), Interval(None, 10), epochs=0)
    seen = []
    for _ in range(6):
        keeper.passed(4)
        seen.append(written(tmp_path))
    assert seen == [None, None, 0, 0, 0, 1]


def test_a_keeper_writes_after_so_many_seconds_and_without_an_interval_only_when_told(tmp_path):
    at_once = CheckpointWriter(tmp_path, lambda: checkpoint(1), Interval(0.0), epochs=0)
    at_once.passed(1)
    assert written(tmp_path) == 1
    never = CheckpointWriter(tmp_path, lambda: checkpoint(2), Interval(None, None), epochs=0)
    never.passed(1000)
    assert written(tmp_path) == 1
    never.write()
    assert written(tmp_path) == 2
