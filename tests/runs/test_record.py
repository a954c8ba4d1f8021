"""The record of a run: what is written is what is read."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from nnrun.errors import StorageError
from nnrun.experiment.threshold import Threshold
from nnrun.runs.finding import Finding
from nnrun.runs.identity import Identity
from nnrun.runs.layer_summary import LayerSummary
from nnrun.runs.record import (
    GitState,
    RunRecord,
    SourceRun,
    from_json,
    identity_of_record,
    read_record,
    to_json,
    write_record,
)
from nnrun.runs.verdict import Verdict

RECORD = RunRecord(
    name="xor",
    experiment_sha256="ab" * 32,
    settings={"optimizer": "adam", "optimizer.learning_rate": 0.01, "metrics": ["accuracy"]},
    status="completed",
    started=datetime(2026, 11, 23, 14, 22, 33, tzinfo=timezone(timedelta(hours=1))),
    seed=0,
    command=("nnrun", "train", "experiments/xor.yaml"),
    versions={"python": "3.12.1", "keras": "3.15.1"},
    git=GitState("0123abcd", dirty=True),
    finished=datetime(2026, 11, 23, 14, 22, 35, tzinfo=timezone(timedelta(hours=1))),
    seconds=2.0,
    device="CPU",
    threads=2,
    engine="graph",
    parameters=65,
    layers=(LayerSummary("dense", "Dense", "(16)", 48, "16 × (2 + 1)"),),
    target_units={"price": 81234.5, "image": None},
    final_metrics={"loss": 0.01, "val_loss": None},
    best_metrics={"loss": 0.009},
    expectations=(Verdict("accuracy >= 0.98", 1.0, True),),
    diagnosis=(Finding("plateau", "It stands still.", {"skill": 0.5, "layer": "dense"}, "Change it."),),
)

texts = st.text(max_size=20)
numbers = st.floats(allow_nan=False, allow_infinity=False)
counts = st.integers(min_value=0, max_value=2**63)
offsets = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(timezones=offsets)
metrics = st.dictionaries(texts, st.none() | numbers, max_size=4)
expectations = st.builds(
    Threshold,
    metric=st.from_regex(r"[A-Za-z_]\w{0,9}", fullmatch=True),
    operator=st.sampled_from([">=", "<=", "==", "!=", ">", "<"]),
    number=numbers,
).map(str)
verdicts = st.builds(
    Verdict,
    expectations,
    st.none() | numbers | texts,
    st.booleans(),
    st.none() | counts,
    st.none() | texts,
    st.none() | numbers | texts,
    st.none() | numbers,
)
records = st.builds(
    RunRecord,
    name=texts,
    experiment_sha256=texts,
    status=st.sampled_from(["running", "completed", "failed", "interrupted"]),
    started=moments,
    seed=counts,
    command=st.lists(texts, max_size=4).map(tuple),
    versions=st.dictionaries(texts, texts, max_size=4),
    git=st.none() | st.builds(GitState, commit=texts, dirty=st.booleans()),
    reason=st.none() | texts,
    finished=st.none() | moments,
    seconds=st.none() | numbers,
    device=st.none() | texts,
    threads=st.none() | counts,
    engine=st.none() | texts,
    parameters=st.none() | counts,
    final_metrics=metrics,
    best_metrics=metrics,
    diagnosis=st.lists(
        st.builds(Finding, texts, texts, st.dictionaries(texts, st.none() | numbers | texts, max_size=3), texts),
        max_size=2,
    ).map(tuple),
    expectations=st.lists(verdicts, max_size=3).map(tuple),
)


@given(records)
def test_a_record_comes_back_as_it_was_written(record: RunRecord) -> None:
    assert from_json(to_json(record)) == record


@given(st.floats(), st.floats())
def test_the_json_is_valid_whatever_the_numbers(loss: float, seconds: float) -> None:
    verdict = Verdict("loss < 1.0", loss, False)
    record = replace(RECORD, final_metrics={"loss": loss}, seconds=seconds, expectations=(verdict,))

    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} is no JSON")

    content = json.loads(to_json(record), parse_constant=refuse)
    expected = loss if math.isfinite(loss) else None
    assert content["final_metrics"]["loss"] == expected
    assert content["expectations"][0]["value"] == expected


def test_the_record_of_a_folder_is_its_run_json(tmp_path: Path) -> None:
    write_record(tmp_path, RECORD)
    assert read_record(tmp_path) == RECORD
    assert json.loads((tmp_path / "run.json").read_text())["started"] == "2026-11-23T14:22:33+01:00"


def test_an_expectation_stands_there_as_it_is_written_in_an_experiment() -> None:
    content = json.loads(to_json(RECORD))
    assert content["expectations"] == [{"expectation": "accuracy >= 0.98", "value": 1.0, "met": True}]


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="2026-11-23T14:22:33 has no offset from UTC"):
        to_json(replace(RECORD, started=datetime(2026, 11, 23, 14, 22, 33)))


def test_a_missing_record_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"Could not read .*run\.json: there is no such file"):
        read_record(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "its format is 2, and this version of nnrun reads format 1"),
        ({"status": "done"}, r"Invalid enum value 'done' - at `\$\.status`"),
        ({"seed": "0"}, r"Expected `int`, got `str` - at `\$\.seed`"),
        ({"seconds": "2"}, r"Expected `float \| null`, got `str` - at `\$\.seconds`"),
        ({"seconds": 10**400}, r"Number out of range - at `\$\.seconds`"),
        ({"command": "nnrun train"}, r"Expected `array`, got `str` - at `\$\.command`"),
        ({"started": "yesterday"}, r"Invalid RFC3339 encoded datetime - at `\$\.started`"),
        ({"finished": 5}, r"Expected `datetime \| null`, got `int` - at `\$\.finished`"),
        ({"started": "2026-11-23T14:22:33"}, r"Expected `datetime` with a timezone component - at `\$\.started`"),
        ({"git": {"commit": "abc"}}, r"missing required field `dirty` - at `\$\.git`"),
        ({"git": "abc"}, r"Expected `object \| null`, got `str` - at `\$\.git`"),
        (
            {"expectations": [{"expectation": "accuracy", "value": 1.0, "met": True}]},
            r"An expectation is a condition.* - at `\$\.expectations\[0\]`",
        ),
        ({"expectations": [7]}, r"Expected `object`, got `int` - at `\$\.expectations\[0\]`"),
    ],
)
def test_a_record_that_was_tampered_with_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    (tmp_path / "run.json").write_text(json.dumps(json.loads(to_json(RECORD)) | change))
    with pytest.raises(StorageError, match=message):
        read_record(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "[" * 100_000, '"' + "\udcff"])
def test_a_file_that_is_no_record_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(StorageError, match="is not a run record"):
        read_record(tmp_path)


def test_a_record_without_a_key_says_which(tmp_path: Path) -> None:
    content = json.loads(to_json(RECORD))
    del content["seed"]
    (tmp_path / "run.json").write_text(json.dumps(content))
    with pytest.raises(StorageError, match="missing required field `seed`"):
        read_record(tmp_path)


def test_a_record_of_a_version_that_did_not_diagnose_can_be_read() -> None:
    content = json.loads(to_json(RECORD))
    del content["diagnosis"]
    assert from_json(json.dumps(content)) == replace(RECORD, diagnosis=())


def test_a_record_of_a_version_that_did_not_tell_units_can_be_read() -> None:
    content = json.loads(to_json(RECORD))
    del content["target_units"]
    assert from_json(json.dumps(content)) == replace(RECORD, target_units={})


def test_a_record_of_a_version_that_knew_less_of_what_decides_a_result_can_be_read() -> None:
    content = json.loads(to_json(RECORD))
    for name in ("data_sha256", "settings_sha256", "source_run", "processor", "operating_system"):
        del content[name]
    assert from_json(json.dumps(content)) == RECORD
    assert identity_of_record(RECORD) == Identity(
        versions=RECORD.versions, engine="graph", device="CPU", threads=2, files={}
    )


def test_a_source_run_is_named_as_it_is_seen_from_the_new_one(tmp_path: Path) -> None:
    source = SourceRun(str(tmp_path / "runs" / "one"), reproduced=True)
    assert source.seen_from(tmp_path / "runs" / "two") == SourceRun("../one", reproduced=True)


def test_fields_of_a_newer_version_are_passed_over() -> None:
    content = json.loads(to_json(RECORD)) | {"carbon": 3}
    content["git"]["branch"] = "main"
    assert from_json(json.dumps(content)) == RECORD


def test_the_json_has_the_fields_in_their_order_and_ends_with_a_newline() -> None:
    record = replace(RECORD, reason="stopped – «früh»", resumed=(RECORD.started,), epochs=7, kept_epoch=6)
    assert to_json(record) == (Path(__file__).parent / "run.json").read_text()


def test_a_number_of_numpy_is_written_as_a_number() -> None:
    assert from_json(to_json(replace(RECORD, final_metrics={"loss": np.float64(0.5)}))).final_metrics == {"loss": 0.5}


def test_a_run_that_has_just_begun_needs_little() -> None:
    record = RunRecord(
        name="xor", experiment_sha256="ab" * 32, status="running", started=datetime(2026, 11, 23, tzinfo=UTC), seed=3
    )
    assert from_json(to_json(record)) == record
