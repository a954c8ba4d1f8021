"""Folds are one configuration: its mean ranks it and meets its expectations, its pairs are those of a fold."""

from __future__ import annotations

import re
import statistics
from pathlib import Path

import msgspec
import pytest
from sweep_folder import XOR, make_sweep_folder

from nnrun.cli.fold_output import fold_rows
from nnrun.cli.sweep_output import conclude
from nnrun.load import load_experiment
from nnrun.runs.record import GitState, begun, now, write_record
from nnrun.runs.verdict import Verdict
from nnrun.sweep.plan.trial import Trial
from nnrun.sweep.results.comparison import compare_configurations, compared_as_json
from nnrun.sweep.results.conclusion import rank_configurations
from nnrun.sweep.results.cross_validation import fold_metrics, fold_verdicts
from nnrun.sweep.results.held_out import write_held_out
from nnrun.sweep.results.held_out_pictures import held_out_pictures
from nnrun.sweep.results.outcomes import FolderOutcomes
from nnrun.sweep.results.results import read_results
from nnrun.sweep.results.sweep_report import write_sweep_report
from nnrun.sweep.results.tables import read_table
from nnrun.sweep.sweep_end import Sweep
from nnrun.sweep.sweep_record import read_sweep_record, write_sweep

FOLDED = XOR.replace("target: c}}", "target: c}}, folds: 4")
LOSSES = {4: [1.0, 1.0, 1.0, 5.0], 16: [1.5, 1.5, 1.5, 1.7]}


def by_fold(trial: Trial) -> list[float]:
    return [LOSSES[int(trial.settings.get("layers.0.units", 4))][int(trial.settings["data.fold"]) - 1]]


def two_configurations(folder: Path, **changed: object) -> Path:
    return make_sweep_folder(
        folder / "sweep", "layers.0.units=[4, 16]", experiment=FOLDED, losses=by_fold, measure="val_loss", **changed
    )


def one_configuration(folder: Path) -> Path:
    return make_sweep_folder(folder / "sweep", experiment=FOLDED, losses=by_fold, measure="val_loss")


def test_configurations_of_folds_are_ranked_by_their_means(tmp_path: Path) -> None:
    results = read_results(two_configurations(tmp_path))
    assert [results.center(one) for one in results.configurations] == [2.0, pytest.approx(1.55)]
    assert results.ranking() == [1, 0]
    ranked = rank_configurations(results.folder)
    assert ranked is not None
    assert ranked.rows[:2] == [
        ["configuration", "mean final val_loss", "standard deviation", "trials"],
        ["units=16", "1.55", "0.1", "4"],
    ]


def test_a_configuration_with_a_failed_fold_comes_behind_the_others(tmp_path: Path) -> None:
    losses = {4: [0.1, 0.1, 0.1, float("nan")], 16: [3.0] * 4}

    def failing(trial: Trial) -> list[float]:
        return [losses[int(trial.settings["layers.0.units"])][int(trial.settings["data.fold"]) - 1]]

    folder = make_sweep_folder(
        tmp_path / "sweep", "layers.0.units=[4, 16]", experiment=FOLDED, losses=failing, measure="val_loss"
    )
    assert read_results(folder).ranking() == [1, 0]


def test_configurations_are_compared_in_pairs_of_the_same_fold(tmp_path: Path) -> None:
    folder = two_configurations(tmp_path)
    first, _, pair, note = compare_configurations(folder)
    assert first == "units=4: mean final val_loss 2 ± 2, n = 4"
    assert "units=16 has a better mean than units=4: mean final val_loss 1.55 against 2" in pair
    assert "too few pairs of trials with the same fold to test" in pair
    assert note.startswith("Trials of one configuration differ in the fold that validates them; the folds share")
    told = compared_as_json(folder)
    assert told["comparisons"][0]["test"] == "Wilcoxon signed-rank, paired by fold"
    assert told["configurations"][0]["mean"] == 2.0


def test_the_metrics_of_folds_are_those_of_their_trials_with_mean_and_deviation(tmp_path: Path) -> None:
    rows = read_table(one_configuration(tmp_path) / "trials.csv")
    _, metric = fold_metrics(rows)
    assert (metric.name, metric.values, metric.mean) == ("val_loss", (1.0, 1.0, 1.0, 5.0), 2.0)
    assert metric.deviation == statistics.stdev([1, 1, 1, 5])
    assert fold_rows(rows)[-2:] == [["4", "5", "5"], ["mean", "2 ± 2", "2 ± 2"]]


def expecting(folder: Path, text: str) -> Path:
    """Lets the trials expect something, as their records say it."""
    experiment = load_experiment(folder / "experiment.yaml", ("data.fold=1",))
    record = begun(experiment, now(), (), {}, GitState("0123abcd", dirty=False))
    for row in read_table(folder / "trials.csv"):
        known = {"final_metrics": {"val_loss": float(row["final_val_loss"])}, "status": "completed"}
        judged = msgspec.structs.replace(record, **known, expectations=(Verdict(text, 1.0, met=True),))
        write_record(folder / row["folder"], judged)
    return folder


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("val_loss <= 2.0", True),
        ("val_loss <= 1.9", False),
        ("abs(val_loss) <= 2", True),
        ("val_loss in [3, 9]", False),
    ],
)
def test_the_mean_over_the_folds_meets_the_expectations(tmp_path: Path, text: str, met: bool, capsys) -> None:
    folder = expecting(one_configuration(tmp_path), text)
    verdicts = fold_verdicts(folder, read_table(folder / "trials.csv"), ("data.fold",))
    (verdict,) = verdicts["all trials"]
    assert (verdict.expectation, verdict.value, verdict.met) == (text, 2.0, met)
    record = msgspec.structs.replace(read_sweep_record(folder), expectations=verdicts)
    assert conclude(Sweep(folder, record, FolderOutcomes()), quiet=True, as_json=False) == (0 if met else 1)


def test_a_fold_without_a_number_fails_the_expectations(tmp_path: Path) -> None:
    folder = expecting(one_configuration(tmp_path), "val_loss <= 2.0")
    rows = read_table(folder / "trials.csv")
    rows[-1]["final_val_loss"] = ""
    (verdict,) = fold_verdicts(folder, rows, ("data.fold",))["all trials"]
    assert verdict == Verdict("val_loss <= 2.0", 1.0, False, reason="1 of 4 trials have no val_loss")


def test_the_predictions_of_all_folds_are_one_table_in_the_order_of_the_rows(tmp_path: Path) -> None:
    folder = one_configuration(tmp_path)
    rows = read_table(folder / "trials.csv")
    for row, number in zip(rows[:3], (2, 4, 1), strict=True):
        table = f"row,y,predicted_y\n{number},'-a,0.10\n"
        (folder / row["folder"] / "held_out.csv").write_text(table, encoding="utf-8")
    write_held_out(folder, rows)
    assert (folder / "predictions.csv").read_text() == (
        "row,y,predicted_y,fold\n1,'-a,0.10,3\n2,'-a,0.10,1\n4,'-a,0.10,2\n"
    )


def with_predictions(folder: Path, table: str) -> Path:
    (folder / "predictions.csv").write_text(table, encoding="utf-8")
    return folder


CLASSES = "row,x,y,predicted_y,p(y=b),fold\n1,0,a,b,0.9,1\n2,0,b,b,0.8,2\n3,0,a,a,0.1,3\n"
VALUES = "row,x,y,predicted_y,error,fold\n1,0,0.5,0.25,-0.25,1\n2,0,1.0,1.5,0.5,2\n"


def test_the_report_shows_the_folds_their_mean_and_the_confusion_matrix_of_all_rows(tmp_path: Path) -> None:
    folder = with_predictions(one_configuration(tmp_path), CLASSES)
    record = read_sweep_record(folder)
    expected = {"all trials": (Verdict("val_loss <= 2.0", 2.0, met=True),)}
    write_sweep(folder, msgspec.structs.replace(record, expectations=expected))
    page = write_sweep_report(folder).read_text(encoding="utf-8")
    for said in ("4 folds", "2 ± 2", "expected val_loss &lt;= 2.0: passed (mean 2)", "Confusion matrix of all folds"):
        assert said in page
    assert re.search(r"<h2[^>]*>Folds</h2>", page)


def test_the_confusion_matrix_has_the_classes_in_their_order(tmp_path: Path) -> None:
    folder = with_predictions(one_configuration(tmp_path), CLASSES)
    (picture,) = held_out_pictures(read_results(folder))
    assert picture.arguments["labels"] == ["a", "b"]
    assert picture.arguments["matrix"].tolist() == [[1, 1], [0, 1]]


def test_predictions_of_values_are_shown_as_residuals(tmp_path: Path) -> None:
    folder = with_predictions(one_configuration(tmp_path), VALUES)
    (picture,) = held_out_pictures(read_results(folder))
    assert picture.kind == "residuals"
    assert picture.arguments["predicted"].tolist() == [0.25, 1.5]


def test_a_sweep_of_several_configurations_has_no_picture_of_predictions(tmp_path: Path) -> None:
    folder = with_predictions(two_configurations(tmp_path), CLASSES)
    assert not list(held_out_pictures(read_results(folder)))
