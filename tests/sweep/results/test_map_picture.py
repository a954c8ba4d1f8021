"""Which settings of a sweep are mapped, and what each pixel stands for."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sweep_table import make_table_sweep

from nnrun.cli.main import run
from nnrun.errors import ExperimentError
from nnrun.plots.map import DIVERGED, NEVER, NOTHING
from nnrun.sweep.results.map_picture import MapRequest
from nnrun.sweep.results.sweep_pictures import sweep_pictures
from nnrun.sweep.results.sweep_report import write_sweep_report

RATES, UNITS, SEEDS = np.geomspace(1e-3, 1, 12), np.arange(1, 11), np.arange(3)
GRID = np.array(list(product(RATES, UNITS, SEEDS)))
LOSSES = GRID[:, 0] * GRID[:, 1] + 0.001 * GRID[:, 2]
SETTINGS = {
    "optimizer.learning_rate": GRID[:, 0],
    "layers.0.units": GRID[:, 1].astype(np.int64),
    "seed": GRID[:, 2].astype(np.int64),
}


def named(folder: Path, name: str, request: MapRequest | None = None):
    return next(picture for picture in sweep_pictures(folder, request) if picture.name == name)


def test_a_grid_of_two_numeric_settings_is_mapped_with_the_median_of_its_trials(tmp_path):
    losses = LOSSES.copy()
    losses[0] = np.nan  # one of three: the median is a number
    losses[3:5] = np.nan  # two of three
    folder = make_table_sweep(tmp_path / "sweep", SETTINGS, losses)
    assert [picture.name for picture in sweep_pictures(folder)][-2:] == ["map", "map-pixels"]
    shown = named(folder, "map").arguments
    assert shown["values"].shape == shown["states"].shape == (10, 12)
    np.testing.assert_allclose(shown["x_values"], RATES)
    assert shown["y_values"].tolist() == UNITS.tolist()
    assert shown["values"][0, 0] == pytest.approx(0.001 + 0.002)  # the failed trial counts as the worst
    assert shown["states"].ravel().nonzero()[0].tolist() == [12]
    assert shown["states"][1, 0] == DIVERGED
    assert shown["values"][5, 7] == pytest.approx(RATES[7] * 6 + 0.001)
    assert (shown["x"], shown["y"], shown["note"]) == ("learning_rate", "units", "median of 3 trials")


def test_the_epoch_of_a_target_is_mapped_with_pixels_that_never_reached_it(tmp_path):
    reached = np.where(LOSSES < 0.5, 7, 0).astype(np.int32)
    folder = make_table_sweep(tmp_path / "sweep", SETTINGS, np.where(LOSSES > 8, np.nan, LOSSES), reached=reached)
    states = named(folder, "map").arguments["states"]
    assert {*np.unique(states)} == {0, DIVERGED, NEVER}
    assert states[-1, -1] == DIVERGED
    assert "measure" in named(folder, "map", MapRequest(metric="loss")).arguments
    assert NEVER not in named(folder, "map", MapRequest(metric="loss")).arguments["states"]


def test_pairs_that_are_not_trained_yet_are_known(tmp_path):
    part = {path: values[:200] for path, values in SETTINGS.items()}
    folder = make_table_sweep(tmp_path / "sweep", part, LOSSES[:200])
    states = named(folder, "map", MapRequest()).arguments["states"]
    assert (states == NOTHING).sum() == 10 * 7 - -(-200 // 3)


def test_small_grids_and_random_draws_have_no_map_unless_it_is_asked_for(tmp_path):
    few = {"a.rate": np.repeat(np.arange(8.0), 8), "b.rate": np.tile(np.arange(8.0), 8)}
    folder = make_table_sweep(tmp_path / "few", few, np.arange(64.0))
    assert "map" not in {picture.kind for picture in sweep_pictures(folder)}
    assert named(folder, "map", MapRequest(x="b.rate")).arguments["values"][3, 0] == 24
    rng = np.random.default_rng(0)
    drawn = {"a.rate": rng.random(40), "b.rate": rng.random(40)}
    folder = make_table_sweep(tmp_path / "drawn", drawn, np.arange(40.0))
    assert [picture.kind for picture in sweep_pictures(folder)][-1] == "plane"


def test_a_sweep_over_seeds_alone_says_that_it_has_no_map(tmp_path):
    folder = make_table_sweep(tmp_path / "sweep", {"seed": np.arange(9)}, np.arange(9.0))
    for request in (MapRequest(), MapRequest(x="seed")):
        with pytest.raises(ExperimentError, match=r"[Tt]he sweep has no settings but its seeds"):
            sweep_pictures(folder, request)


@pytest.mark.parametrize(
    ("request_of", "message"),
    [
        ({"x": "momentum"}, r'The sweep has no setting "momentum"\.'),
        ({"x": "units", "y": "layers.0.units"}, r"A map needs two settings\."),
        ({"metric": "los"}, r'Unknown metric "los"\.[^$]*Did you mean "loss"'),
        ({"x": "layers.0.activation"}, r"layers\.0\.activation has values that are no numbers"),
    ],
)
def test_what_cannot_be_mapped_is_refused_with_the_remedy(tmp_path, request_of, message):
    settings = {**SETTINGS, "layers.0.activation": np.array(["relu", "tanh"])[GRID[:, 2].astype(int) % 2]}
    folder = make_table_sweep(tmp_path / "sweep", settings, LOSSES)
    with pytest.raises(ExperimentError, match=message):
        sweep_pictures(folder, MapRequest(**request_of))


def test_the_command_writes_the_map_and_its_pixels(tmp_path, capsys):
    folder = make_table_sweep(tmp_path / "sweep", SETTINGS, LOSSES)
    options = ["--only", "map", "--x", "units", "--y", "learning_rate", "--metric", "loss"]
    assert run(["plot", str(folder), *options]) == 0
    with Image.open(folder / "plots" / "map.png") as labelled, Image.open(folder / "plots" / "map-pixels.png") as plain:
        assert (labelled.width, plain.size) == (800, (10, 12))
    assert run(["plot", str(folder), "--x", "units"]) == 64
    assert "add --only map" in capsys.readouterr().err


def test_the_report_holds_the_map_and_writes_both_files(tmp_path):
    folder = make_table_sweep(tmp_path / "sweep", SETTINGS, LOSSES)
    page = write_sweep_report(folder, plots=True).read_text()
    assert "a pixel for each pair of values" in page
    written = sorted(path.name for path in (folder / "plots").iterdir())
    assert written == ["curves.svg", "distribution.svg", "heat.svg", "map-pixels.png", "map.png"]
