"""What every kind of picture shows: its words and numbers, and its look against a small reference image.

Write the reference images anew with `python tests/plots/test_content.py`, and look at what has changed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from nnrun.plots import figure, learning, sketch
from nnrun.plots.picture import KINDS, Drawing, Picture, draw
from nnrun.plots.style import Array
from nnrun.plots.thinning import chosen_epochs

REFERENCE = Path(__file__).parent / "reference"
# An image is this many times smaller than the picture, so that it does not depend on the pixels of a letter.
SMALLER = 4
# How much of the reference's ink may differ: another patch release of matplotlib moves text by fractions of a pixel.
TOLERANCE = 0.1

EPOCHS = 200
RNG = np.random.default_rng(0)
X = np.linspace(0.0, 2.0, 40)
GRID = np.linspace(-1.0, 1.0, 24)
POINTS = RNG.uniform(-1, 1, (40, 2))
CLASS = (POINTS[:, 0] * POINTS[:, 1] > 0).astype(int)
SHARE = 1 / (1 + np.exp(-8 * np.outer(GRID, GRID)))
SHARES = np.stack([1 - SHARE, SHARE], axis=-1)  # (24, 24, 2)
LOSS = np.geomspace(1.0, 0.004, EPOCHS)
HISTORY = {
    "loss": LOSS.tolist(),
    "val_loss": (1.3 * LOSS + 0.01).tolist(),
    "accuracy": (1 - LOSS / 2).tolist(),
    "learning_rate": np.geomspace(0.1, 0.001, EPOCHS).tolist(),
}
MATRIX = np.array([[40, 3, 0], [2, 30, 5], [0, 1, 39]])
LAYERS = [
    {
        "name": "x",
        "kind": "Input",
        "inputs": [],
        "shape": "(2)",
        "parameters": 0,
        "activation": "",
        "columns": list("ab"),
    },
    {"name": "hidden", "kind": "Dense", "inputs": ["x"], "shape": "(3)", "parameters": 9, "activation": "tanh"},
    {"name": "out", "kind": "Dense", "inputs": ["hidden"], "shape": "(1)", "parameters": 4, "activation": ""},
]
WEIGHTS = {
    "hidden/kernel": np.array([[1.0, -2.0, 0.5], [0.25, 1.5, -1.0]]),
    "hidden/bias": np.array([0.5, -0.75, 0.0]),
    "out/kernel": np.array([[1.0], [-0.5], [2.5]]),
    "out/bias": np.array([0.125]),
}
NETWORK = {"layers": LAYERS, "outputs": {"out": {"target": "y", "names": ["y"]}}, "title": "xor: 13 parameters"}
BAND = np.stack([np.geomspace(1, end, 20)[None] * np.array([[0.8], [1.0], [1.2]]) for end in (0.3, 0.001)])
SWEEP = {"measure": "final loss", "title": "xor: final loss"}
FRAMES = np.linspace(0, 1, 8)[:, None] * np.linspace(0, 2, 30)  # (frames, points)

# Of each kind of picture some arguments, and the words that must be in it.
SAMPLES: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "history": (
        "history",
        {"history": HISTORY, "title": "xor"},
        {"xor", "loss (log scale)", "accuracy", "learning rate (log scale)", "best: 0.0152 in epoch 200", "epoch"},
    ),
    "prediction": (
        "prediction",
        {"x": X, "y": X**2, "validation_x": X[::8], "validation_y": X[::8] ** 2 + 0.3, "curve_x": X, "curve_y": 2 * X,
         "labels": ("x", "y"), "title": "bilinear"},
        {"bilinear", "x", "y", "training", "validation", "prediction"},
    ),
    "surface": (
        "surface",
        {"points": POINTS[5:], "labels": CLASS[5:], "validation_points": POINTS[:5], "validation_labels": CLASS[:5],
         "grid_x": GRID, "grid_y": GRID, "surface": SHARES, "names": ("a", "b"), "title": "xor", "classes": ["0", "1"]},
        {"xor", "a", "b", "training", "validation", "class 0", "class 1"},
    ),
    "surface-values": (
        "surface",
        {"points": POINTS, "labels": POINTS.sum(axis=1), "validation_points": POINTS[:0],
         "validation_labels": np.zeros(0), "grid_x": GRID, "grid_y": GRID, "surface": np.add.outer(GRID, GRID),
         "names": ("a", "b"), "title": "plane"},
        {"plane", "predicted value", "training"},
    ),
    "confusion": (
        "confusion",
        {"matrix": MATRIX, "labels": ["cat", "dog", "owl"], "title": "pets"},
        {"pets", "109 of 120 correct (90.8%)", "true class", "predicted class", "cat", "owl", "40", "30", "5"},
    ),
    "classes": (
        "classes",
        {"matrix": MATRIX, "labels": ["cat", "dog", "owl"], "title": "pets"},
        {"pets", "precision", "recall", "dog", "0.95", "0.93", "0.88", "0.81"},
    ),
    "residuals": (
        "residuals",
        {"true": X, "predicted": X + 0.1 * np.sin(9 * X), "target": "price", "title": "houses"},
        {"houses", "true price", "predicted price", "predicted − true", "R² 0.9855, RMSE 0.0712"},
    ),
    "mistakes": (
        "mistakes",
        {"images": np.linspace(0, 1, 192).reshape(3, 8, 8), "true": ["1", "7", "9"], "predicted": ["7", "1", "4"],
         "probabilities": np.array([0.9, 0.8, 0.55]), "wrong": 7, "title": "digits"},
        {"digits: the most confident of 7 errors, true → predicted", "1 → 7 90%", "9 → 4 55%"},
    ),
    "weights": (
        "weights",
        {"trace": {"neuron/kernel": np.linspace(0, 2, 41)[:, None], "neuron/bias": -X[:, None]}, "title": "neuron"},
        {"neuron", "neuron/kernel", "neuron/bias", "last 2", "last −2", "epoch"},
    ),
    "activations": (
        "activations",
        {"layers": [{"name": "hidden", "units": 8, "dead": 3}, {"name": "out", "units": 1, "dead": None}],
         "counts": np.array([[5, 3, 2, 1], [1, 4, 4, 1]]), "edges": np.array([[0, 1, 2, 3, 4], [-1, 0, 1, 2, 3.0]]),
         "title": "xor"},
        {"xor", "hidden: 8 units, 3 dead", "out: 1 unit", "activation", "share"},
    ),
    "network": (
        "network",
        NETWORK | {"weights": WEIGHTS},
        {"xor: 13 parameters", "a", "b", "hidden", "out", "positive weight", "largest weight: 2.5; largest bias: 0.75 "
         "(absolute)"},
    ),
    "network-boxes": (
        "network", NETWORK | {"weights": {}}, {"xor: 13 parameters", "hidden", "Dense · tanh", "(3), 9 parameters", "y"}
    ),
    "learning": (
        "learning",
        {"inputs": X[:, None], "targets": X, "validation_inputs": X[:3, None], "validation_targets": X[:3],
         "grid": np.linspace(0, 2, 30)[None], "frames": FRAMES[..., None], "epochs": np.array(chosen_epochs(200)[:8]),
         "history": HISTORY, "names": ["x", "y"], "title": "bilinear: learning"},
        set(),
    ),
    "learning-surface": (
        "learning",
        {"inputs": POINTS[5:], "targets": CLASS[5:], "validation_inputs": POINTS[:5], "validation_targets": CLASS[:5],
         "grid": np.stack([GRID, GRID]), "frames": np.stack([0.5 + w * (SHARES - 0.5) for w in (0, 0.5, 1)]),
         "epochs": np.array([0, 20, 200]), "history": HISTORY, "names": ["a", "b"], "title": "xor: learning"},
        set(),
    ),
    "distribution": (
        "distribution",
        {"values": [np.array([0.1, 0.12, 0.2, 0.15, 0.11]), np.array([0.4, np.inf, 0.5])], "counts": [5, 4],
         "failed": [0, 1], "pruned": [False, False], "names": ["4", "8"], "heading": "units", **SWEEP},
        {"xor: final loss", "units", "4", "8", "n = 5", "1 never, 1 failed of 4", "final loss"},
    ),
    "data_size": (
        "data_size",
        {
            "epochs": np.array([20.0, 60.0, 200.0, 2000.0]),
            "bands": np.array([[[0.6, 0.4, 0.3, 0.1], [0.7, 0.5, 0.35, 0.2], [0.8, 0.6, 0.4, 0.3]]]),
            "names": ["all trials"],
            "heading": "",
            "measure": "final val_loss",
            "note": "median of the trials, and the middle 80% of them",
            "title": "moons: final val_loss by training rows",
            "x": "training rows",
        },
        {"training rows (log scale)", "final val_loss", "moons: final val_loss by training rows"},
    ),
    "curves": (
        "curves",
        {"epochs": np.arange(1, 21), "bands": BAND, "names": ["4", "8"], "heading": "units", "measure": "loss",
         "note": "median of the trials", "title": "xor: learning curves"},
        {"xor: learning curves", "median of the trials", "units", "4", "8", "epoch", "loss (log scale)"},
    ),
    "heat": (
        "heat",
        {"medians": np.array([[0.25, np.nan], [np.inf, 0.5]]), "counts": np.array([[5, 0], [5, 3]]),
         "x_names": ["0.1", "0.2"], "y_names": ["4", "8"], "x": "rate", "y": "units", "missing": "never", **SWEEP},
        {"xor: final loss", "rate", "units", "0.25", "never", "–", "0.5", "n = 3", "median of 5 trials", "final loss"},
    ),
    "map": (
        "map",
        {"values": np.outer(np.arange(1.0, 11), np.geomspace(1e-4, 1, 12)),
         "states": np.pad(np.full((4, 3), 1), ((6, 0), (9, 0))), "x_values": np.geomspace(1e-3, 1, 12),
         "y_values": np.arange(1.0, 11), "x": "rate", "y": "units", "note": "median of 5 trials", **SWEEP},
        {"xor: final loss", "rate (log scale)", "units", "diverged", "median of 5 trials", "final loss (log scale)"},
    ),
    "plane": (
        "plane",
        {"x_values": np.geomspace(1e-4, 1, 6), "y_values": np.arange(6.0),
         "values": np.array([1.0, 2.0, 3.0, 4.0, np.inf, 5.0]), "x": "rate", "y": "units", "missing": "never", **SWEEP},
        {"xor: final loss", "rate (log scale)", "units", "never", "final loss"},
    ),
    "parallel": (
        "parallel",
        {"settings": [{"name": "rate", "values": np.geomspace(1e-4, 1, 4), "labels": None},
                      {"name": "activation", "values": np.arange(4) % 2, "labels": ("relu", "tanh")}],
         "values": np.array([0.4, 0.1, np.inf, 0.3]), "missing": "never", "note": "all of them", **SWEEP},
        {"xor: final loss", "relu", "tanh", "final loss", "never", "0.1", "all of them", "activation"},
    ),
    "points": (
        "points",
        {"points": POINTS, "values": CLASS, "part": np.arange(40) % 3, "parts": ["training", "validation", "test"],
         "names": ["a", "b", "kind"], "title": "xor.yaml: 40 rows", "classes": ["no", "yes"]},
        {"xor.yaml: 40 rows", "a", "b", "training", "validation", "test", "no", "yes"},
    ),
    "points-values": (
        "points",
        {"points": POINTS, "values": POINTS.sum(axis=1), "part": np.zeros(40), "parts": ["training"],
         "names": ["a", "b", "height"], "title": "plane.yaml: 40 rows"},
        {"plane.yaml: 40 rows", "a", "b", "height", "training"},
    ),
    "columns": (
        "columns",
        {"columns": [{"name": "area", "values": np.where(X > 1.8, np.nan, X**2), "texts": None},
                     {"name": "city", "values": np.arange(40) % 3, "texts": ["Oslo", "Rome", "Bern"]},
                     {"name": "kind", "values": CLASS, "texts": ["no", "yes"]}],
         "labels": CLASS, "classes": ["no", "yes"], "total": 5, "title": "houses.csv: 40 rows"},
        {"houses.csv: 40 rows (the first 3 of 5 columns)", "area, 4 missing", "city", "Oslo", "Rome", "kind", "yes"},
    ),
    "examples": (
        "examples",
        {"images": np.linspace(0, 1, 320).reshape(5, 8, 8), "labels": ["1", "7", "9", "cat", "dog"], "total": 90,
         "title": "digits.yaml"},
        {"digits.yaml: the first 5 of 90 images", "1", "7", "cat", "dog"},
    ),
    "forecast": (
        "forecast",
        {"before": 1.7e9 + 86_400.0 * np.arange(10), "before_values": np.sin(X[:10]), "before_counts": [10],
         "places": 1.7e9 + 86_400.0 * np.arange(12, 20), "true": np.sin(X[12:20, None]), "counts": [8],
         "predicted": np.sin(X[12:20, None]) + 0.1, "names": ["load"], "x": "day", "title": "load: test set",
         "last": np.sin(X[11:19]), "aheads": [2], "dates": True},
        {"load: test set", "load, 2 rows ahead", "before", "test", "predicted", "day", "2023-11-19",
         "RMSE 0.1, 7.37 × the MSE of a last-value baseline"},
    ),
    "forecasts": (
        "forecast",
        {"names": ["load, shop a", "load, shop b"], "before": np.arange(10), "before_values": np.sin(9 * X[:10]),
         "before_counts": [10, 0], "places": np.tile(np.arange(12, 26), 2), "counts": [14, 14], "shifts": [0, 3],
         "true": np.tile(np.stack([np.sin(9 * X[k + 12 : k + 26]) for k in (0, 3)], 1), (2, 1)), "aheads": [1, 4],
         "predicted": np.tile(np.stack([np.sin(9 * X[k + 12 : k + 26]) + 0.1 + k / 20 for k in (0, 3)], 1), (2, 1)),
         "last": np.tile(np.sin(9 * X[11:25]), 2), "x": "row", "title": "load: test set"},
        {"load: test set", "load, shop a", "load, shop b", "predicted 1 row ahead", "4 rows ahead",
         "RMSE 0.1 (1 row ahead), 0.25 (4 rows ahead)", "before", "test", "row"},
    ),
    "series": (
        "series",
        {"lines": [np.sin(9 * X), X**2], "names": ["load", "price"], "x": "row", "title": "load.yaml: 40 rows",
         "starts": [1, 25, 33], "parts": ["training", "validation", "test"]},
        {"load.yaml: 40 rows", "load", "price", "row", "training", "validation", "test"},
    ),
}  # fmt: skip


def drawn(name: str, form: Any = "png") -> bytes:
    """The file of a sample."""
    kind, arguments, _ = SAMPLES[name]
    done = draw(Drawing(Picture(kind, arguments), form=form))
    assert done.data is not None, done.failure
    return done.data


def reduced(data: bytes) -> Array:
    """A picture made smaller, of an animation the first, the middle and the last frame; (height, width, 3)."""
    frames = [frame.convert("RGB") for frame in ImageSequence.Iterator(Image.open(io.BytesIO(data)))]
    kept = [frames[0], frames[len(frames) // 2], frames[-1]] if len(frames) > 1 else frames
    return np.concatenate([np.asarray(frame.reduce(SMALLER), float) for frame in kept])


def difference(picture: Array, reference: Array) -> float:
    """The difference of two pictures as a share of the reference's ink: 0 for the same, 1 for a blank page."""
    if picture.shape != reference.shape:
        return 1.0
    return float(np.abs(picture - reference).sum() / np.abs(255.0 - reference).sum())


def compare(name: str) -> None:
    """Fails where a sample does not look like its reference image."""
    reference = np.asarray(Image.open(REFERENCE / f"{name}.png").convert("RGB"), float)
    assert difference(reduced(drawn(name)), reference) < TOLERANCE


def read_words(name: str) -> None:
    """Fails where a word that belongs into a sample is missing."""
    texts = re.findall(r"<text.*?</text>", drawn(name, "svg").decode(), re.DOTALL)
    found = {unescape(re.sub(r"<[^>]*>", "", text)) for text in texts}
    assert SAMPLES[name][2] - found == set()


WITH_WORDS = [name for name, (kind, _, _) in SAMPLES.items() if kind != "learning"]


def test_every_kind_of_picture_has_a_sample() -> None:
    assert {kind for kind, _, _ in SAMPLES.values()} == set(KINDS)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_picture_looks_like_its_reference(name: str) -> None:
    compare(name)


@pytest.mark.parametrize("name", WITH_WORDS)
def test_a_picture_holds_its_words_and_numbers(name: str) -> None:
    read_words(name)


@pytest.fixture
def blank(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes every picture an empty page of its size."""
    finish, encode = figure.finish, learning.encode_gif

    def finish_empty(page: Any, *rest: Any) -> bytes:
        page.clear()
        return finish(page, *rest)

    monkeypatch.setattr(figure, "finish", finish_empty)
    monkeypatch.setattr(learning, "encode_gif", lambda frames, *rest: encode(map(np.zeros_like, frames), *rest))
    monkeypatch.setattr(sketch, "_element", lambda shape: "")


@pytest.mark.usefixtures("blank")
@pytest.mark.parametrize(("name", "check"), [(n, compare) for n in SAMPLES] + [(n, read_words) for n in WITH_WORDS])
def test_a_blank_picture_fails(name: str, check: Callable[[str], None]) -> None:
    assert drawn(name), "a blank picture is a picture, so that what fails is its content"
    with pytest.raises(AssertionError):
        check(name)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_tolerance_is_too_small_for_any_other_picture(name: str) -> None:
    reference = np.asarray(Image.open(REFERENCE / f"{name}.png").convert("RGB"), float)
    others = [np.asarray(Image.open(path).convert("RGB"), float) for path in REFERENCE.glob("*.png")]
    assert sum(difference(other, reference) < TOLERANCE for other in others) == 1


def test_a_line_that_is_missing_is_noticed() -> None:
    kind, arguments, _ = SAMPLES["prediction"]
    other = draw(Drawing(Picture(kind, arguments | {"curve_y": np.full(40, np.nan)})))
    assert other.data is not None
    reference = np.asarray(Image.open(REFERENCE / "prediction.png").convert("RGB"), float)
    assert difference(reduced(other.data), reference) > TOLERANCE


if __name__ == "__main__":
    REFERENCE.mkdir(exist_ok=True)
    for sample in SAMPLES:
        image = Image.fromarray(reduced(drawn(sample)).round().astype(np.uint8))
        image.save(REFERENCE / f"{sample}.png", optimize=True)
