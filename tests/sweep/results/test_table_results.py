"""Results of a sweep that is a table: the same as those of folders, and quick for very many trials."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
from busy import busy_seconds
from sweep_folder import make_sweep_folder
from sweep_table import make_table_sweep, without_folders

from nnrun.errors import StorageError
from nnrun.sweep.results.comparison import compare_configurations, compared_as_json
from nnrun.sweep.results.conclusion import rank_configurations
from nnrun.sweep.results.configurations import write_summary
from nnrun.sweep.results.results import read_results
from nnrun.sweep.results.sweep_pictures import sweep_pictures
from nnrun.sweep.results.sweep_report import write_sweep_report
from nnrun.sweep.results.tables import read_table

RATES = "optimizer.learning_rate=[0.01, 0.1, 1.0e-7]"
SWEEP = "sweep: {reach: loss <= 0.5}"


def diverging(trial):
    """Losses of which every fifth trial's end is not finite, and every fourth reaches no target."""
    speed = 0.0001 if trial.index % 4 == 3 else 0.05 + 0.01 * (trial.index % 7)
    losses = list(np.exp(-speed * np.arange(60)))
    return [*losses[:17], math.nan] if trial.index % 5 == 4 else losses


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The same trials with folders and as a table."""
    folder = tmp_path_factory.mktemp("both")
    grids = (RATES, "layers.0.activation=[relu, tanh]", "seed=0..6")
    made = make_sweep_folder(folder / "folders", *grids, sweep=SWEEP, losses=diverging)
    return made, without_folders(made, folder / "table")


def test_the_tables_are_the_same_but_for_the_folders(both):
    folders, table = both
    rows = [{k: v for k, v in row.items() if k != "folder"} for row in read_table(folders / "trials.csv")]
    assert read_table(table / "trials.csv") == rows
    assert (table / "summary.csv").read_bytes() == (folders / "summary.csv").read_bytes()


def test_the_rows_of_a_table_are_those_of_its_file(both):
    results = read_results(both[1])
    assert list(results.rows) == read_table(both[1] / "trials.csv")
    assert results.rows[-1]["index"] == "41"
    assert [row["index"] for row in results.rows[2:5]] == ["2", "3", "4"]


def test_what_is_said_of_the_results_is_the_same(both):
    folders, table = both
    assert rank_configurations(table) == rank_configurations(folders)
    for measure in (None, "loss"):
        assert compare_configurations(table, measure=measure) == compare_configurations(folders, measure=measure)
        assert compared_as_json(table, measure=measure) == compared_as_json(folders, measure=measure)


def test_the_pictures_show_the_same(both):
    pairs = zip(*map(sweep_pictures, both), strict=True)
    for one, other in pairs:
        assert one.name == other.name
        assert one.arguments.keys() == other.arguments.keys()
        if one.kind != "curves":  # which have other epochs
            for name, value in one.arguments.items():
                np.testing.assert_equal(other.arguments[name], value)


def test_curves_of_a_table_go_through_those_of_the_folders(both):
    folders, table = (
        next(picture for picture in sweep_pictures(folder) if picture.kind == "curves").arguments for folder in both
    )
    assert table["names"] == folders["names"]
    shared = np.isin(folders["epochs"], table["epochs"])
    assert shared.sum() == len(table["epochs"])
    np.testing.assert_allclose(table["bands"], folders["bands"][:, :, shared], rtol=1e-6)


def test_the_report_of_a_table_has_no_links_to_folders(both):
    folders, table = (write_sweep_report(folder).read_text() for folder in both)
    assert 'href="trials/' in folders
    assert 'href="trials/' not in table
    counts = re.compile(r"\d+ of 42")
    assert counts.findall(table) == counts.findall(folders)
    assert table.count("Training diverged: loss became nan in epoch") == folders.count("Training diverged: loss became")


def test_a_sweep_that_was_interrupted_is_read_from_its_blocks(tmp_path):
    folder = make_table_sweep(tmp_path / "sweep", {"seed": np.arange(9)}, np.linspace(1, 2, 9))
    finished = sweep_pictures(folder)[0].arguments["values"][0]
    arrays = (folder / "trials.npz").read_bytes()
    (folder / "trials.npz").unlink()
    (folder / "blocks").mkdir()
    (folder / "blocks" / "000001-0-8-0123456789ab.npz").write_bytes(arrays)
    assert sweep_pictures(folder)[0].arguments["values"][0].tolist() == finished.tolist()


def test_a_table_of_another_sweep_is_an_error_of_storage(tmp_path):
    folder = make_table_sweep(tmp_path / "sweep", {"seed": np.arange(3)}, [1.0, 2.0, 3.0])
    text = (folder / "sweep.json").read_text()
    (folder / "sweep.json").write_text(text.replace('"seed"', '"batch_size"'))
    with pytest.raises(StorageError, match=r"trials\.npz is not the table of this sweep"):
        read_results(folder)


@pytest.mark.parametrize("configurations", [1, 1_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_hundred_thousand_trials_are_summarized_within_seconds_of_the_processor(tmp_path, configurations):
    index, rng = np.arange(100_000), np.random.default_rng(0)
    losses = np.where(rng.random(len(index)) < 0.02, np.nan, rng.lognormal(size=len(index)))
    settings = {"optimizer.learning_rate": 1e-5 * (1 + index % configurations), "seed": index // configurations}
    folder = make_table_sweep(tmp_path / "sweep", settings, losses)

    def tell() -> None:
        write_summary(folder / "summary.csv", read_results(folder).configurations)
        assert len(compare_configurations(folder)) <= 210
        assert rank_configurations(folder) is not None
        assert sum(1 for _ in sweep_pictures(folder)) == 2

    assert busy_seconds(tell, 5.0) < 5.0
