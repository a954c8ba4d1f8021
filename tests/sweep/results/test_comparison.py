"""What a sweep's table says in words."""

import json
import math
import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sweep_folder import make_sweep_folder

from nnrun.errors import ExperimentError, StorageError
from nnrun.sweep.results.comparison import _find, compare_configurations
from nnrun.sweep.results.configurations import Configuration, read_configurations, write_summary
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
    one, two, pair, note = compare_configurations(sweep)
    assert re.fullmatch(r"16: median first epoch of binary_accuracy >= 1.0 is 39.5, 95 % CI \[\S+, \S+\], n = 20", one)
    assert two.startswith("32: median first epoch of binary_accuracy >= 1.0 is 29.5, 95 % CI [")
    assert pair == (
        "32 is better than 16: median first epoch of binary_accuracy >= 1.0 is 29.5 against 39.5, statistically "
        "significant (p < 0.0001, Wilcoxon signed-rank test paired by seed, 20 pairs; rank-biserial correlation -1.00)"
    )
    assert note == (
        "The 95 % confidence intervals (CI) of the medians are computed with the percentile bootstrap "
        "(2,000 resamples, fixed seed)."
    )


def test_equal_configurations_do_not_differ_significantly(tmp_path):
    *_, pair, _ = compare_configurations(sweep_of(tmp_path, {"16": [1, 5, 9, 4, 3, 3], "32": [2, 4, 9, 4, 3, 3]}))
    assert pair.startswith("16 and 32 have the same median: median first epoch of binary_accuracy >= 1.0 is 3.5, not ")
    assert "(p = 1, Wilcoxon signed-rank test paired by seed, 6 pairs; rank-biserial correlation +0.00)" in pair


def test_without_the_same_seeds_the_trials_are_not_paired(tmp_path):
    *_, pair, _ = compare_configurations(sweep_of(tmp_path, {"16": list(range(30, 50)), "32": list(range(20, 39))}))
    assert re.search(r"significant \(p < 0.0001, Mann-Whitney U test; Cliff's delta -0.79, large\)$", pair)


@pytest.mark.parametrize(
    ("measure", "better"),
    [("loss", "a"), ("val_loss", "a"), ("accuracy", "b"), ("val_binary_accuracy", "b"), ("auc", "b"), ("mae", "a")],
)
def test_a_smaller_loss_and_a_larger_accuracy_are_better(tmp_path, measure, better):
    sweep = sweep_of(tmp_path, {"a": [1] * 8, "b": [1] * 8})
    rows = [[v, seed, "completed", 1, x + seed / 100] for v, x in (("a", 0.25), ("b", 0.5)) for seed in range(8)]
    write_table(sweep / "trials.csv", ["variant", "seed", "status", "reached", f"final_{measure}"], rows)
    *_, pair, _ = compare_configurations(sweep, ("a", "b"), measure)
    worse = "b" if better == "a" else "a"
    assert pair.startswith(f"{better} is better than {worse}: median final {measure} 0.")
    assert f"rank-biserial correlation {'-' if better == 'a' else '+'}1.00" in pair


def test_pairs_decide_where_the_medians_say_the_opposite(tmp_path):
    one = list(range(0, 150, 10))
    two = [65 if epoch == 70 else epoch + 1 for epoch in one]  # W- = 15 of 120
    *_, pair, _ = compare_configurations(sweep_of(tmp_path, {"a": one, "b": two}))
    assert pair.startswith(
        "a is better than b by ranks, but not by medians: median first epoch of binary_accuracy >= 1.0"
    )
    assert " is 70 against 65, statistically significant" in pair


def test_a_seed_whose_trial_failed_in_one_of_two_is_no_pair(tmp_path):
    sweep = sweep_of(tmp_path, {"a": [1], "b": [1]}, None)
    rows = [
        [v, s, "completed", None if (v, s) == ("b", 3) else x + s] for v, x in (("a", 1), ("b", 2)) for s in range(8)
    ]
    write_table(sweep / "trials.csv", ["variant", "seed", "status", "final_loss"], rows)
    *_, pair, _ = compare_configurations(sweep)
    assert "paired by seed, 7 pairs" in pair


def test_too_few_trials_are_said_to_be_too_few(tmp_path):
    *_, pair, _ = compare_configurations(sweep_of(tmp_path, {"16": [1, 2, 3], "32": [7, 8, 9]}))
    assert "too few pairs of trials with the same seed to test" in pair
    *_, pair, _ = compare_configurations(sweep_of(tmp_path, {"16": [1, 2, 3], "32": [7, 8]}))
    assert "too few trials to test" in pair


def test_trials_that_never_arrive_are_counted_as_later_than_all_others(tmp_path):
    one, *_ = compare_configurations(sweep_of(tmp_path, {"16": [None, None, 3], "32": [7, 8, 9]}))
    assert one == ("16: median first epoch of binary_accuracy >= 1.0 is never, 95 % CI [3, never], n = 3, 2 of 3 never")


def test_three_configurations_are_three_pairs_with_corrected_p_values(tmp_path):
    lines = compare_configurations(sweep_of(tmp_path, {"a": [1] * 8, "b": [2] * 8, "c": [3] * 8}))
    assert len(lines) == 3 + 3 + 1 + 1
    assert lines[-2] == "The p-values are Holm-corrected for 3 comparisons."


def test_where_no_pair_can_be_tested_no_p_values_are_spoken_of(tmp_path):
    lines = compare_configurations(sweep_of(tmp_path, {"a": [1], "b": [2], "c": [3]}))
    assert not any("p-values" in line for line in lines)


def test_another_measure_can_be_compared(tmp_path):
    sweep = sweep_of(tmp_path, {"16": [1, 2, 3], "32": [7, 8, 9]})
    assert compare_configurations(sweep, ("16", "variant=32"), "loss")[0].startswith(
        "16: median final loss 0.1, 95 % CI [0, 0.2], n = 3"
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
    assert told[0].startswith("units=4: median final val_loss ")
    assert all(line in unescape(write_sweep_report(folder).read_text()) for line in told)


def test_a_sweep_all_of_whose_trials_failed_has_nothing_to_compare(tmp_path):
    folder = make_sweep_folder(tmp_path / "s", "seed=0..1", losses=lambda trial: [0.5, math.nan])
    with pytest.raises(ExperimentError, match="has a finite number"):
        compare_configurations(folder)


def test_what_is_no_sweep_is_refused(tmp_path):
    with pytest.raises(StorageError, match=r"sweep\.json"):
        compare_configurations(tmp_path)


@pytest.mark.parametrize(("cells", "found"), [("1,2", 2), ("1,2,3,4", 4), ("", 0)])
def test_a_table_with_a_row_of_another_length_is_refused_with_its_number(tmp_path, cells, found):
    (tmp_path / "trials.csv").write_text(f"index,seed,status\n0,0,completed\n{cells}\n")
    with pytest.raises(StorageError, match=f"row 2 has {found} cells, and the header has 3"):
        read_table(tmp_path / "trials.csv")


def test_the_summary_has_a_row_per_point_and_measure(tmp_path):
    sweep = sweep_of(tmp_path, {"16": [10, 12, None], "32": [7, 7, 7]})
    write_summary(sweep / "summary.csv", read_configurations(sweep, ["variant", "seed"]))
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


VALUES = st.one_of(
    st.sampled_from(
        ["relu", "relu, tanh", "[1, 2]", '[{"Dense": 1}, {"Dense": 2}]', '{"Adam": {"learning_rate": 0.1}}']
    ),
    st.integers(0, 99).map(str),
    st.text(alphabet="ab,=[]{}\"' ", min_size=1, max_size=6),
)


@given(st.lists(st.tuples(VALUES, VALUES), min_size=2, max_size=6, unique=True))
def test_the_own_name_of_every_configuration_finds_it(settings):
    configurations = [Configuration({"layers.0.units": one, "variant": two}) for one, two in settings]
    names = [name for one in configurations for name in {one.name, one.short_name}]
    assume(len({*names}) == len(names))  # a text with "variant" in it can make two of them the same
    for one in configurations:
        assert _find(configurations, one.name) is one
        assert _find(configurations, one.short_name) is one


@pytest.mark.parametrize(
    "text",
    [
        *("layers=[{Dense: 1}, {Dense: 2}]", 'layers=[{"Dense": 1}, {"Dense": 2}]', "layers=[{Dense: 1},{Dense: 2}]"),
        *("model.layers=[{Dense: 1}, {Dense: 2}], batch_size=8", "batch_size=8,layers=[{Dense: 1}, {Dense: 2}]"),
    ],
)
def test_a_value_with_commas_can_be_named_as_in_yaml(text):
    layers = ['[{"Dense": 1}, {"Dense": 2}]', '[{"Dense": 1}]', '[{"Dense": 2}]']
    configurations = [Configuration({"model.layers": value, "batch_size": "8"}) for value in layers]
    assert _find(configurations, text) is configurations[0]
    with pytest.raises(ExperimentError, match="could be any of 3 configurations"):
        _find(configurations, "batch_size=8")
    with pytest.raises(ExperimentError, match="has no configuration"):
        _find(configurations, "layers=[{Dense: 1}, {Dense: 3}]")


def test_trials_that_differ_in_the_seed_of_one_source_are_one_configuration_and_the_source_is_named(tmp_path):
    sweep = sweep_of(tmp_path, {"16": [3, 4, 5, 6, 7], "32": [1, 2, 3, 4, 5]})
    for file in ("sweep.json", "trials.csv"):
        text = (sweep / file).read_text()
        (sweep / file).write_text(text.replace('"seed"', '"seeds.weights"').replace(",seed,", ",seeds.weights,"))
    one, two, pair, _, source = compare_configurations(sweep)
    assert one.startswith("16: ")
    assert one.endswith("n = 5")
    assert two.startswith("32: ")
    assert "paired by seed" in pair or "pairs of trials with the same seed" in pair
    assert source == (
        "Trials of one configuration differ in the randomness of the weights; all other randomness is the same."
    )
