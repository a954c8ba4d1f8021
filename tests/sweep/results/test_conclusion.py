"""The result of a sweep in short, from its tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from sweep_folder import make_sweep_folder

from nnrun.runs import layout
from nnrun.sweep.results.conclusion import MOST_RANKED, rank_configurations
from nnrun.sweep.results.configurations import read_configurations, write_summary
from nnrun.sweep.results.outcome import TrialOutcome
from nnrun.sweep.results.tables import read_table, write_outcomes
from nnrun.sweep.sweep_record import RecordedSearch, read_sweep_record, write_sweep


def swept(folder: Path, losses: dict[str, list[float | None]], **facts: object) -> Path:
    """A sweep over learning rates, each with a final loss per seed; None for a trial that failed."""
    make_sweep_folder(folder, "seed=0..1")
    columns = ("optimizer.learning_rate", "seed")
    write_sweep(folder, replace(read_sweep_record(folder), columns=columns, reach=None, **facts))
    trials = [(rate, seed, loss) for rate, found in losses.items() for seed, loss in enumerate(found)]
    outcomes = {
        i: TrialOutcome(i, "failed" if loss is None else "completed", f"trials/{i:04}", final={"loss": loss})
        for i, (_, _, loss) in enumerate(trials)
    }
    settings = {i: [rate, str(seed)] for i, (rate, seed, _) in enumerate(trials)}
    write_outcomes(folder, columns, settings, outcomes, reaching=False)
    write_summary(folder / layout.SUMMARY, read_configurations(folder, columns))
    return folder


def test_the_best_configuration_comes_first_with_its_median_and_interval(tmp_path: Path) -> None:
    folder = swept(tmp_path / "s", {"0.01": [0.5, 0.4, 0.6], "0.1": [0.2, 0.1, 0.3]})
    ranked = rank_configurations(folder)
    assert ranked is not None
    assert ranked.best == "optimizer.learning_rate=0.1"
    assert ranked.others == 0
    assert ranked.repeated
    assert ranked.rows == [
        ["configuration", "median final loss", "95 % CI", "trials"],
        ["learning_rate=0.1", "0.2", "[0.1, 0.3]", "3"],
        ["learning_rate=0.01", "0.5", "[0.4, 0.6]", "3"],
    ]


def test_one_trial_has_no_interval_and_a_failed_one_no_number(tmp_path: Path) -> None:
    ranked = rank_configurations(swept(tmp_path / "s", {"0.01": [None], "0.1": [0.25]}))
    assert ranked is not None
    assert [row[1:] for row in ranked.rows[1:]] == [["0.25", "", "1"], ["no number", "", "1"]]


def test_of_many_configurations_the_best_are_shown_and_the_others_counted(tmp_path: Path) -> None:
    ranked = rank_configurations(swept(tmp_path / "s", {f"0.{i}": [float(i)] for i in range(1, 10)}))
    assert ranked is not None
    assert (len(ranked.rows), ranked.others) == (MOST_RANKED + 1, 9 - MOST_RANKED)
    assert [row[0] for row in ranked.rows[1:3]] == ["learning_rate=0.1", "learning_rate=0.2"]


@pytest.mark.parametrize("case", ["search", "nothing finite"])
def test_there_is_no_ranking_of_a_search_or_without_numbers(case: str, tmp_path: Path) -> None:
    search = RecordedSearch("min(loss)", "tpe", "none") if case == "search" else None
    folder = swept(tmp_path / "s", {"0.1": [0.5 if case == "search" else None]}, search=search)
    assert rank_configurations(folder) is None


def test_the_table_of_trials_says_which_met_their_expectations(tmp_path: Path) -> None:
    folder = make_sweep_folder(tmp_path / "s", "seed=0..2")
    states = ("met", "not met", None)
    outcomes = {
        i: TrialOutcome(i, "completed" if state else "failed", f"trials/{i:04}", expectations=state)
        for i, state in enumerate(states)
    }
    write_outcomes(folder, ("seed",), {i: [str(i)] for i in outcomes}, outcomes, reaching=False)
    assert [row["expectations"] for row in read_table(folder / layout.TRIALS_TABLE)] == ["met", "not met", ""]
