"""Golden files: what is written is read, a line per seed, and a wrong one is refused by its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from golden_files import drawn_golden
from msgspec.structs import replace

from nnrun.errors import RunError
from nnrun.golden.golden_file import golden_path, golden_text, read_golden, rounded, write_golden
from nnrun.runs.judge.baseline_run import read_baseline


def test_a_golden_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    golden = drawn_golden()
    write_golden(tmp_path / "xor.yaml.golden.json", golden)
    assert read_golden(tmp_path / "xor.yaml.golden.json") == golden


def test_a_run_can_be_judged_against_its_medians(tmp_path: Path) -> None:
    write_golden(tmp_path / "xor.yaml.golden.json", drawn_golden())
    baseline = read_baseline(tmp_path / "xor.yaml.golden.json")
    assert baseline.final == {"accuracy": 1.0, "loss": 0.05}


def test_it_lies_beside_the_experiment_file() -> None:
    assert golden_path(Path("experiments/xor.yaml")) == Path("experiments/xor.yaml.golden.json")


def test_two_golden_files_differ_in_the_line_of_what_differs() -> None:
    first = drawn_golden()
    changed = (*first.runs[:3], replace(first.runs[3], weights="0" * 16), *first.runs[4:])
    texts = [golden_text(golden).splitlines() for golden in (first, replace(first, runs=changed))]
    (pair,) = [(a, b) for a, b in zip(*texts, strict=True) if a != b]
    assert all(json.loads(line.strip().rstrip(","))["seed"] == 3 for line in pair)


def test_a_hundred_seeds_take_less_than_a_hundred_kilobytes() -> None:
    golden = drawn_golden(100)
    four = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy"), golden.runs[0].metrics["loss"] * 3)
    runs = tuple(replace(run, metrics=four, sizes=(0.1234567,) * 6) for run in golden.runs)
    assert len(golden_text(replace(golden, runs=runs))) < 100_000


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"format": 1', '"format": 2', "its format is 2, and this version of nnrun reads format 1"),
        ('"level": 0.01', '"level": 0', "$.level"),
        ('"seed": 7,', '"seed": -7,', "$.runs[7].seed"),
        ('"runs": [', '"runs": {', "Expecting"),
    ],
)
def test_a_wrong_golden_file_is_refused_by_the_place_of_the_mistake(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    path = tmp_path / "xor.yaml.golden.json"
    path.write_text(golden_text(drawn_golden()).replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RunError) as caught:
        read_golden(path)
    assert f"{path} is not a golden file" in str(caught.value)
    assert words in str(caught.value)


def test_one_whose_runs_do_not_belong_together_is_refused(tmp_path: Path) -> None:
    path, golden = tmp_path / "xor.yaml.golden.json", drawn_golden()
    changed = replace(golden.runs[0], metrics={"loss": (0.5,)})
    for runs in ((), (changed, *golden.runs[1:])):
        write_golden(path, replace(golden, runs=runs))
        with pytest.raises(RunError, match=r"its runs do not have the same numbers[\s\S]*nnrun freeze FILE"):
            read_golden(path)


def test_a_missing_one_is_an_error_of_its_own_kind(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such file"):
        read_golden(tmp_path / "xor.yaml.golden.json")


def test_numbers_have_seven_digits() -> None:
    assert rounded(0.123456789) == 0.1234568
    assert rounded(float("nan")) is None
