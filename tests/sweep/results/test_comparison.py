"""What a sweep's table says in words."""

import json
import math
import re
from html import unescape
from pathlib import Path

import pytest
from sweep_folder import make_sweep_folder

from nnrun.errors import ExperimentError, StorageError
from nnrun.sweep.results.comparison import compare_configurations
from nnrun.sweep.results.configurations import read_configurations, write_summary
from nnrun.sweep.results.sweep_report import write_sweep_report
from nnrun.sweep.results.tables import read_table, write_table


def sweep_of(folder: Path, epochs: dict[str, list[int | None]], reach: str | None = "binary_accuracy >= 1.0") -> Path:
    """The folder of a sweep whose variants reached what they should at these epochs."""
    record = {
        **dict.fromkeys(("name", "started", "file", "base", "device"), "x"),
        **{"status": "completed", "keep": "all"},
        **{"format": 1, "overrides": [], "grids": [], "columns": ["variant", "seed"], "reach": reach},
        **{"trials": 9, "threads": 1},
    }
    (folder / "sweep.json").write_text(json.dumps(record))
    rows = [[v, seed, "completed", e, 0.1 * seed] for v, values in epochs.items() for seed, e in enumerate(values)]
    header = ["variant", "seed", "status", *(["reached"] if reach else ["x"]), "final_loss"]
    write_table(folder / "trials.csv", header, rows)
    return folder


def test_two_configurations_are_compared_with_numbers_test_and_effect(tmp_path):
    sweep = sweep_of(tmp_path, {"16": list(range(30, 50)), "32": list(range(20, 40))})
    one, two, pair = compare_configurations(sweep)
    assert re.fullmatch(r"16: reaches binary_accuracy >= 1.0 at epoch 39.5 \[\S+, \S+\], n = 20", one)
    assert two.startswith("32: reaches binary_accuracy >= 1.0 at epoch 29.5 [")
    assert re.fullmatch(
        r"16 reaches binary_accuracy >= 1.0 at epoch 39.5 \[.*\] against 29.5 \[.*\] of 32, n = 20: "
        r"statistically significant \(p (= 0.\d+|< 0.0001); Cliff's delta \+0.75, large\)",
        pair,
    )


def test_equal_configurations_do_not_differ_significantly(tmp_path):
    *_, pair = compare_configurations(sweep_of(tmp_path, {"16": [1, 5, 9, 4], "32": [2, 5, 8, 4]}))
    assert "not statistically significant (p = 1; Cliff's delta +0.00, negligible)" in pair


def test_too_few_trials_are_said_to_be_too_few(tmp_path):
    *_, pair = compare_configurations(sweep_of(tmp_path, {"16": [1, 2, 3], "32": [7, 8, 9]}))
    assert "too few trials to test" in pair


def test_trials_that_never_arrive_are_counted_as_later_than_all_others(tmp_path):
    one, *_ = compare_configurations(sweep_of(tmp_path, {"16": [None, None, 3], "32": [7, 8, 9]}))
    assert one == "16: reaches binary_accuracy >= 1.0 at epoch never [3, never], n = 3, 2 of 3 never"


def test_three_configurations_are_three_pairs_with_corrected_p_values(tmp_path):
    lines = compare_configurations(sweep_of(tmp_path, {"a": [1] * 5, "b": [2] * 5, "c": [3] * 5}))
    assert len(lines) == 3 + 3 + 1
    assert lines[-1] == "The p-values are Holm-corrected for 3 comparisons."


def test_another_measure_can_be_compared(tmp_path):
    sweep = sweep_of(tmp_path, {"16": [1, 2, 3], "32": [7, 8, 9]})
    assert compare_configurations(sweep, ("16", "variant=32"), "loss")[0].startswith(
        "16: final loss is 0.1 [0, 0.2], n = 3"
    )
    with pytest.raises(ExperimentError, match='Unknown measure "acc"'):
        compare_configurations(sweep, measure="acc")


def test_many_configurations_must_be_named(tmp_path):
    sweep = sweep_of(tmp_path, {f"v{i}": [i] for i in range(6)})
    lines = compare_configurations(sweep)
    assert len(lines) == 6 + 1
    assert lines[-1] == "6 configurations are too many to compare in pairs; name two of them, for example 'v0' 'v1'."
    assert len(compare_configurations(sweep, ("v0", "v5"))) == 3
    with pytest.raises(ExperimentError, match='no configuration "v7"'):
        compare_configurations(sweep, ("v0", "v7"))


def test_the_loss_on_validation_rows_is_compared_where_there_is_one_as_in_the_report(tmp_path):
    folder = make_sweep_folder(tmp_path / "s", "layers.0.units=[4, 8]", "seed=0..2", measure="val_loss")
    told = compare_configurations(folder)
    assert told[0].startswith("layers.0.units=4: final val_loss is ")
    assert all(line in unescape(write_sweep_report(folder).read_text()) for line in told)


def test_a_sweep_all_of_whose_trials_failed_has_nothing_to_compare(tmp_path):
    folder = make_sweep_folder(tmp_path / "s", "seed=0..1", losses=lambda trial: [0.5, math.nan])
    with pytest.raises(ExperimentError, match="has a finite number"):
        compare_configurations(folder)


def test_what_is_no_sweep_is_refused(tmp_path):
    with pytest.raises(StorageError, match=r"sweep\.json"):
        compare_configurations(tmp_path)


def test_the_summary_has_a_row_per_point_and_measure(tmp_path):
    sweep = sweep_of(tmp_path, {"16": [10, 12, None], "32": [7, 7, 7]})
    write_summary(sweep / "summary.csv", read_configurations(sweep, ["variant", "seed"]), ["variant", "seed"])
    first, _, third, _ = read_table(sweep / "summary.csv")
    assert first == {
        **{
            "variant": "16",
            "measure": "reached",
            "n": "3",
            "reached": "2",
            "median": "12.0",
            "low": "10.0",
            "high": "",
        },
        **{"mean": "11.0", "standard_deviation": "1.414213562"},
    }
    assert (third["variant"], third["median"], third["standard_deviation"]) == ("32", "7.0", "0.0")
