"""The learning curve over the size of the training set."""

from __future__ import annotations

from pathlib import Path

from sweep_folder import make_sweep_folder

from nnrun.plots.picture import Picture
from nnrun.sweep.results.data_size import data_size_picture
from nnrun.sweep.results.results import read_results


def picture(folder: Path, *grids: str) -> Picture | None:
    made = make_sweep_folder(folder / "s", *grids, losses=lambda trial: [1.0, 1 / (1 + trial.index)])
    return data_size_picture(read_results(made))


def test_a_line_goes_through_the_medians_at_the_training_rows(tmp_path: Path) -> None:
    found = picture(tmp_path, "data.use=[2, 3]", "seed=0..2")
    assert found is not None
    assert found.arguments["epochs"].tolist() == [2, 3]
    assert found.arguments["bands"][0, 1].round(3).tolist() == [0.5, 0.2]
    assert found.arguments["names"] == ["all trials"]
    assert found.arguments["x"] == "training rows"


def test_of_folds_the_line_goes_through_the_means_between_their_deviations(tmp_path: Path) -> None:
    experiment = """
data: {generator: {moons: {samples: 40}}, folds: 3}
layers: [{Dense: {units: 1, activation: sigmoid}}]
optimizer: sgd
loss: binary_crossentropy
epochs: 2
"""
    made = make_sweep_folder(
        tmp_path / "s",
        "data.use=[20, 10]",
        "data.fold=1..3",
        losses=lambda trial: [1.0, float(trial.index)],
        experiment=experiment,
    )
    found = data_size_picture(read_results(made))
    assert found is not None
    assert found.arguments["bands"][0].tolist() == [[3, 0], [4, 1], [5, 2]]
    assert found.arguments["note"] == "mean of the folds ± their standard deviation"


def test_every_combination_of_other_settings_has_a_line(tmp_path: Path) -> None:
    found = picture(tmp_path, "data.use=[2, 3]", "layers.0.units=[4, 8]")
    assert found is not None
    assert found.arguments["names"] == ["4", "8"]
    assert found.arguments["heading"] == "units"
    assert found.arguments["bands"].shape == (2, 3, 2)


def test_one_size_is_no_curve(tmp_path: Path) -> None:
    assert picture(tmp_path, "layers.0.units=[4, 8]") is None
