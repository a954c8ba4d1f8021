"""What decides a result is compared to its leaves, and every difference is named in words."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from nnrun.errors import ResumeError
from nnrun.runs.arrays import to_bytes
from nnrun.runs.checkpoint import find_checkpoint
from nnrun.runs.identity import (
    Identity,
    differences,
    identity_of,
    machine_differences,
    refuse_differences,
    settings_digest,
)

DENSE = {"Dense": {"units": 3}}
VERSIONS = {"nnrun": "1", "keras": "3.15.0", "scikit-learn": "1.8", "matplotlib": "3.10"}


def since(first: Identity, second: Identity) -> list[str]:
    return [difference.since("when the run stopped") for difference in differences(first, second)]


def test_settings_and_versions_are_compared_to_their_leaves() -> None:
    then = identity_of({"batch_size": 32, "layers": [DENSE]}, VERSIONS)
    now = identity_of({"batch_size": 8, "layers": [{"Dense": {"units": 4, "name": "x"}}]}, VERSIONS | {"keras": "3.16"})
    assert since(then, now) == [
        "The setting batch_size was 32 when the run stopped and is 8 now.",
        "The setting layers.0.Dense.units was 3 when the run stopped and is 4 now.",
        'The setting layers.0.Dense.name was missing when the run stopped and is "x" now.',
        'The version of keras was "3.15.0" when the run stopped and is "3.16" now.',
    ]


@pytest.mark.parametrize("setting", ["epochs", "expect", "name", "predict"])
def test_settings_that_change_no_trained_epoch_are_free(setting: str) -> None:
    assert differences(identity_of({setting: 1}, VERSIONS), identity_of({setting: 2}, VERSIONS)) == []


def test_a_package_that_computes_nothing_is_not_compared() -> None:
    assert differences(identity_of({}, VERSIONS), identity_of({}, VERSIONS | {"matplotlib": "4"})) == []
    assert differences(Identity(versions=VERSIONS), Identity(versions=VERSIONS | {"matplotlib": "4"})) == []


def test_a_package_that_generates_data_counts_only_where_the_rows_are_not_compared() -> None:
    others = VERSIONS | {"scikit-learn": "1.9"}
    assert [d.what for d in differences(Identity(versions=VERSIONS), Identity(versions=others))] == [
        "version of scikit-learn"
    ]
    assert differences(Identity(versions=VERSIONS, data="ab"), Identity(versions=others, data="ab")) == []


def test_what_is_unknown_is_not_compared() -> None:
    then = Identity(settings={"seed": 0}, engine="graph", device="cpu", threads=2, data="ab", files={"a.csv": "1"})
    assert differences(then, Identity()) == differences(Identity(), then) == []


def test_the_machine_and_the_data_are_compared() -> None:
    then = Identity(engine="graph", device="cpu", threads=2, data="ab", files={"a.csv": "1", "b.csv": "2"})
    now = Identity(engine="xla", device="gpu:0", threads=1, data="cd", files={"a.csv": "3"})
    assert [difference.compared() for difference in differences(then, now)] == [
        'the engine is "xla", not "graph"',
        'the device is "gpu:0", not "cpu"',
        "the number of threads is 1, not 2",
        'the SHA-256 of the data is "cd", not "ab"',
        'the SHA-256 of a.csv is "3", not "1"',
    ]


def test_resuming_is_refused_with_every_difference_and_one_hint() -> None:
    with pytest.raises(ResumeError, match="Wait") as caught:
        refuse_differences(
            Identity(threads=1, engine="xla"), Identity(threads=2, engine="keras"), "at the start", "Wait."
        )
    assert [problem.hint for problem in caught.value.problems] == [None, "Wait."]
    refuse_differences(Identity(threads=1), Identity(threads=1), "at the start", "Wait.")


def test_a_checkpoint_of_an_older_version_is_read(tmp_path) -> None:
    facts = {
        "format": 1,
        "setting": {"seed": 0},
        "version": {"keras": "3.15.1"},
        "engine": "graph",
        "device": "cpu",
        "number of threads": 2,
        "digest of the data": "ab" * 32,
    }
    content = b"nnrun checkpoint\n" + json.dumps(facts).encode() + b"\n" + to_bytes({"epochs": np.array(3)})
    (tmp_path / "checkpoint").write_bytes(content + hashlib.sha256(content).digest())
    found = find_checkpoint(tmp_path)
    assert found is not None
    assert found.checkpoint.identity == Identity(
        settings={"seed": 0},
        versions={"keras": "3.15.1"},
        engine="graph",
        device="cpu",
        threads=2,
        data="ab" * 32,
    )


def test_another_processor_or_system_may_round_differently_and_is_no_reason_to_refuse() -> None:
    then = Identity(processor="AMD EPYC with avx2", system="Linux x86_64, glibc 2.36", threads=2)
    now = Identity(processor="AMD EPYC with avx2, avx512f", system="Darwin arm64", threads=2)
    assert differences(then, now) == []
    assert [difference.what for difference in machine_differences(then, now)] == ["processor", "operating system"]
    assert machine_differences(then, Identity()) == []
    refuse_differences(then, now, "at the start", "Wait.")


@pytest.mark.parametrize(("device", "found"), [("cpu", []), (None, []), ("gpu:0", ["version of nvidia-cudnn-cu12"])])
def test_libraries_of_gpus_count_where_both_were_trained_on_one(device: str | None, found: list[str]) -> None:
    then = Identity(device="gpu:0", versions=VERSIONS | {"nvidia-cudnn-cu12": "9.1"})
    now = Identity(device=device, versions=VERSIONS | {"nvidia-cudnn-cu12": "9.3"})
    assert [each.what for each in differences(then, now) if each.what != "device"] == found


CSV = {"data": {"generator": {"csv": {"path": "/a/data.csv", "inputs": ["x"]}}}, "seed": 0}
MOVED = {"data": {"generator": {"csv": {"path": "/b/data.csv", "inputs": ["x"]}}}, "seed": 0}


def test_the_digest_of_the_settings_takes_data_files_by_their_content() -> None:
    digest = settings_digest(CSV, {"/a/data.csv": "12"})
    assert digest == settings_digest(MOVED, {"/b/data.csv": "12"})
    assert digest != settings_digest(CSV, {"/a/data.csv": "34"})


@pytest.mark.parametrize(
    ("change", "same"),
    [({"expect": ["loss < 1"]}, True), ({"epochs": 3}, False), ({"predict": [[0.5]]}, False), ({"name": "b"}, False)],
)
def test_only_the_expectations_do_not_change_what_a_completed_run_has(change: dict[str, object], same: bool) -> None:
    assert (settings_digest(CSV, {}) == settings_digest(CSV | change, {})) is same


def test_the_order_in_which_settings_are_written_does_not_matter() -> None:
    assert settings_digest(CSV, {}) == settings_digest(dict(reversed(CSV.items())), {})
