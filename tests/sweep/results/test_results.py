"""What a sweep's files say: points in their order of rank, short names, the losses of many trials."""

import math

import numpy as np
import pytest
from busy import busy_seconds
from hypothesis import given
from hypothesis import strategies as st
from sweep_folder import make_sweep_folder

from nnrun.errors import StorageError
from nnrun.experiment.schema.schema import experiment_schema
from nnrun.sweep.results.labels import short_columns, short_values
from nnrun.sweep.results.loss_curves import MOST_EPOCHS, chosen_epochs, read_losses
from nnrun.sweep.results.results import read_results
from nnrun.sweep.results.sweep_pictures import sweep_pictures
from nnrun.sweep.results.sweep_report import write_sweep_report
from nnrun.sweep.results.tables import read_table


def row(folder, status="completed"):
    return {"folder": folder, "status": status}


def write(folder, name, text):
    (folder / name).mkdir()
    (folder / name / "metrics.csv").write_text(text)
    return row(name)


@given(st.integers(1, 100_000))
def test_chosen_epochs_are_few_ascending_and_go_from_the_first_to_the_last(last):
    epochs = chosen_epochs(last)
    assert (epochs[0], epochs[-1]) == (1, last)
    assert len(epochs) == min(last, MOST_EPOCHS)
    assert epochs == sorted(set(epochs))


def test_the_validation_loss_is_read_where_there_is_one(tmp_path):
    one = write(tmp_path, "a", "epoch,loss,val_loss\n1,0.5,0.7\n2,0.4,0.6\n")
    two = write(tmp_path, "b", '"epoch","loss"\n1,0.5\n2,0.25\n')
    assert read_losses(tmp_path, [one, two], [1, 2]).tolist() == [[0.7, 0.6], [0.5, 0.25]]


def test_a_trial_that_stopped_keeps_its_loss_and_one_that_failed_has_none_any_more(tmp_path):
    stopped = write(tmp_path, "a", "epoch,loss\n1,0.5\n2,0.4\n")
    failed = write(tmp_path, "b", "epoch,loss\n1,0.5\n2,nan\n") | {"status": "failed"}
    assert read_losses(tmp_path, [stopped, failed], [1, 2, 3]).tolist() == [[0.5, 0.4, 0.4], [0.5, math.inf, math.inf]]


def test_a_torn_line_and_trials_without_metrics_are_left_out(tmp_path):
    torn = write(tmp_path, "a", "epoch,loss\n1,0.5\n2,0.")
    none = write(tmp_path, "b", "epoch,loss\n")
    assert read_losses(tmp_path, [torn, none, row("c")], [1, 2]).tolist() == [[0.5, 0.5]]


def test_a_table_that_is_none_is_refused(tmp_path):
    with pytest.raises(StorageError, match=r"metrics\.csv is not a table of metrics"):
        read_losses(tmp_path, [write(tmp_path, "a", "epoch,loss\n1,half\n")], [1])


def test_a_thousand_trials_of_500_epochs_are_read_within_a_second_of_the_processor(tmp_path):
    lines = "".join(f"{i},0.27585530281066895,0.75,0.0010000000474974513,0.0042345\n" for i in range(1, 501))
    one = write(tmp_path, "a", f"epoch,loss,binary_accuracy,learning_rate,seconds\n{lines}")
    assert read_losses(tmp_path, [one] * 1000, chosen_epochs(500)).shape == (1000, MOST_EPOCHS)
    assert busy_seconds(lambda: read_losses(tmp_path, [one] * 1000, chosen_epochs(500)), 1.0) < 1.0


def test_paths_are_as_short_as_they_can_be_told_apart():
    assert short_columns(("seed", "optimizer.learning_rate", "layers.0.units", "layers.1.units")) == {
        "seed": "seed",
        "optimizer.learning_rate": "learning_rate",
        "layers.0.units": "0.units",
        "layers.1.units": "1.units",
    }


def test_numbers_have_as_few_digits_as_tell_the_settings_apart():
    drawn = [{"rate": "0.00031622776601683794", "units": "12345678"}, {"rate": "0.0316227766", "units": "12345678"}]
    assert short_values(drawn, ["rate", "units"])["rate"] == {
        "0.00031622776601683794": "0.000316",
        "0.0316227766": "0.0316",
    }
    assert short_values(drawn, ["units"])["units"] == {"12345678": "12345678"}
    near = [{"rate": "0.10001"}, {"rate": "0.10002"}]
    assert set(short_values(near, ["rate"])["rate"].values()) == {"0.10001", "0.10002"}


def test_points_are_ranked_by_their_median_those_that_never_arrive_last(tmp_path):
    def losses(trial):
        speed = {4: 0.05, 8: 0.2, 16: 0.0001}[trial.settings["layers.0.units"]]
        return list(np.exp(-speed * np.arange(60)))

    grids = ("layers.0.units=[4, 16, 8]", "seed=0..1")
    results = read_results(
        make_sweep_folder(tmp_path / "sweep", *grids, sweep="sweep: {reach: loss <= 0.5}", losses=losses)
    )
    assert results.reaching
    assert [results.configurations[i].settings["layers.0.units"] for i in results.ranking()] == ["8", "4", "16"]
    assert math.isinf(results.center(results.configurations[1]))


def test_without_reach_the_loss_on_validation_rows_is_the_measure(tmp_path):
    results = read_results(make_sweep_folder(tmp_path / "sweep", "seed=0..1", measure="val_loss"))
    assert results.measure == "final_val_loss"
    assert results.measure_name == "final val_loss"


def test_a_sweep_all_of_whose_trials_failed_has_no_measure(tmp_path):
    folder = make_sweep_folder(tmp_path / "sweep", "seed=0..1", losses=lambda trial: [0.5, math.nan])
    assert read_results(folder).measure is None


def test_trials_that_are_the_same_training_count_once(tmp_path):
    grids = ("layers.0.units=[4, 4, 8]", "seed=[0, 0, 1]")
    results = read_results(make_sweep_folder(tmp_path / "sweep", *grids))
    assert len(results.rows) == 9
    assert [(point.settings["layers.0.units"], point.n) for point in results.configurations] == [("4", 2), ("8", 2)]
    assert results.configurations.counts.tolist() == [2, 2]


def test_a_name_that_a_table_has_already_is_not_made_of_a_path():
    assert short_columns(("layers.status", "layers.status.units")) == {
        "layers.status": "layers.status",
        "layers.status.units": "units",
    }


def test_a_sweep_over_epochs_tells_those_asked_for_and_those_trained_apart(tmp_path):
    folder = make_sweep_folder(tmp_path / "sweep", "epochs=[60, 70]", "seed=0..1")  # all of them end after 60
    rows = read_table(folder / "trials.csv")
    assert [(row["epochs"], row["trained_epochs"]) for row in rows] == [("60", "60")] * 2 + [("70", "60")] * 2
    assert [point.settings for point in read_results(folder).configurations] == [{"epochs": "60"}, {"epochs": "70"}]
    (curves,) = (picture for picture in sweep_pictures(folder) if picture.kind == "curves")
    assert curves.arguments["epochs"][-1] == 60
    page = write_sweep_report(folder).read_text()
    cells = "</bdi></th><th><bdi>".join(("status", "epochs", "seed", "trained epochs"))
    assert f"<th><bdi>{cells}</bdi></th>" in page


def test_no_other_column_of_results_has_the_name_of_a_setting(tmp_path):
    folder = make_sweep_folder(tmp_path / "sweep", "seed=0..1", sweep="sweep: {reach: loss <= 0.5}")
    columns = {*read_table(folder / "trials.csv")[0], *read_table(folder / "summary.csv")[0], "objective", "rank"}
    assert columns & set(experiment_schema()["properties"]) == {"seed", "epochs"}


@pytest.mark.parametrize("content", [b"index,seed\n0\n", b"index,seed\n0,\xff\n", b"index\n" + b"x" * 200_000])
def test_a_table_of_trials_that_is_torn_or_none_is_an_error_of_storage(tmp_path, content):
    folder = make_sweep_folder(tmp_path / "sweep", "seed=0..1")
    (folder / "trials.csv").write_bytes(content)
    with pytest.raises(StorageError, match=r"trials\.csv is not a table of a sweep"):
        read_results(folder)
