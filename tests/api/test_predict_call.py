"""`nnrun.predict`: rows in every form that Python has them in give the predictions of the run."""

from pathlib import Path

import numpy as np
import pytest
from used_runs import predictions_of

import nnrun
from nnrun.errors import ExperimentError

pytestmark = pytest.mark.keras


class Series:
    """A column as pandas and polars have it."""

    def __init__(self, values):
        self.values = values

    def to_numpy(self):
        return np.array(self.values, object if isinstance(self.values[0], str) else None)


class Frame:
    """A data frame as far as it is used: names, columns, an array."""

    def __init__(self, columns):
        self.data = columns
        self.columns = list(columns)

    def __getitem__(self, name):
        return Series(self.data[name])

    def to_numpy(self):
        raise AssertionError("a frame of texts and numbers is read by column")


def columns_of(folder, *names):
    header, rows = predictions_of(folder)
    cells = {name: [row[header.index(name)] for row in rows] for name in names}
    return {name: [*map(float, values)] if _are_numbers(values) else values for name, values in cells.items()}


def _are_numbers(values):
    return all(value.replace(".", "").replace("-", "").replace("e", "").isdecimal() for value in values)


def test_every_form_of_rows_gives_the_classes_in_the_words_of_the_data(used_run):
    run = nnrun.load(used_run("one_hot"))
    cells = columns_of(run.path, "petal", "sepal", "place", "predicted_species")
    petal, sepal, place, expected = cells.values()
    table = {"place": place, "unused": [0] * len(place), "sepal": sepal, "petal": petal}
    forms = [
        table,
        {name: np.array(values) for name, values in table.items()},
        Frame(table),
        [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)],
        list(zip(petal, sepal, place, strict=True)),
        np.array(list(zip(petal, sepal, place, strict=True)), object),
    ]
    for rows in forms:
        assert run.predict(rows).tolist() == expected


def test_probabilities_are_those_of_the_classes_in_their_order(used_run):
    run = nnrun.load(used_run("one_hot"))
    rows = {"petal": [1.4, 5.0], "sepal": [3.5, 3.0], "place": ["meadow", "garden"]}
    found = nnrun.predict(run, rows, proba=True)
    assert found.shape[0] == 2
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    names = run.predict(rows)
    assert len(names) == 2


def test_numbers_are_in_the_units_of_the_data(used_run):
    folder = used_run("regression")
    rows = {"rank": ["1", "02"], "color": ["red", "blue"], "weight": [1000.5, 1100], "size": [3, 8], "kind": ["a", "b"]}
    found = nnrun.predict(folder, rows)
    model = nnrun.load(folder).model()
    assert found.shape == (2, 1)
    assert model.name.endswith("with_scaling")


def test_several_outputs_come_by_their_targets(used_run):
    folder = used_run("graph")
    cells = columns_of(folder, "a", "b", "c", "predicted_s")
    rows = np.array([cells[name] for name in "abc"]).T
    found = nnrun.predict(folder, rows)
    assert list(found) == ["s", "p"]
    np.testing.assert_allclose(found["s"][:, 0], cells["predicted_s"], rtol=1e-5)


def test_images_are_an_array_of_their_shape_or_flat(used_run):
    folder = used_run("image")
    images = np.random.default_rng(0).uniform(0, 16, (5, 8, 8, 1))
    found = nnrun.predict(folder, images)
    assert found.shape == (5,)
    np.testing.assert_array_equal(found, nnrun.predict(folder, images.reshape(5, 64)))
    assert nnrun.predict(folder, images.tolist(), proba=True).shape == (5, 10)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"petal": [1.0], "sepal": [2.0]}, 'rows has no array "place".'),
        ({"petal": [1.0], "sepal": [2.0], "place": ["medow"]}, 'rows, row 1: The column "place" has no text "medow".'),
        ({"petal": [1.0, 2.0], "sepal": [2.0], "place": ["garden"]}, "must have equally many rows"),
        ({"petal": [float("nan")], "sepal": [2.0], "place": ["garden"]}, 'The column "petal" takes a finite number'),
        ([[1.0, 2.0]], "A row must have 5 numbers or texts. Received: 2"),
        ([(1.0, "garden")], "Row 1 must have 3 numbers or texts. Received: 2"),
        ([], "numbers or texts"),
    ],
)
def test_rows_that_cannot_be_used_are_named(used_run, rows, message):
    with pytest.raises(ExperimentError) as caught:
        nnrun.predict(used_run("one_hot"), rows)
    assert message in str(caught.value)


def test_probabilities_of_numbers_are_refused(used_run):
    with pytest.raises(ExperimentError, match="predicts no classes"):
        nnrun.predict(used_run("best"), [[0.5]], proba=True)


def test_the_weights_of_an_epoch_can_be_asked_for(used_run):
    run = nnrun.load(used_run("best"))
    found = [float(run.predict([0.5, 1.5], weights=epoch)[1, 0]) for epoch in (0, 1, "last")]
    assert len(set(found)) == 3
    assert float(run.predict([0.5, 1.5], weights=np.int64(1))[1, 0]) == found[1]


@pytest.mark.parametrize("rows", ["rows.csv", Path("rows.csv"), 3, None])
def test_what_holds_no_rows_is_refused(used_run, rows):
    with pytest.raises(
        nnrun.errors.UsageError, match=r"a mapping, an array or a list\. Received: (rows\.csv|3|None)\n"
    ):
        nnrun.predict(used_run("best"), rows)


@pytest.mark.parametrize("weights", ["first", 1.0, None])
def test_other_weights_are_refused_with_those_that_there_are(used_run, weights):
    with pytest.raises(
        nnrun.errors.UsageError, match=r'Received: .*\n  Write "kept", "best", "last" or the number of an'
    ):
        nnrun.load(used_run("best")).model(weights)
