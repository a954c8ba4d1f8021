"""What is wrong with the section `prepare` is said with its place, before any row is made."""

from __future__ import annotations

import pytest

from experiments import FLOWERS, written
from nnrun.errors import ExperimentError, Problem

TEXT = """data:
  generator: {{csv: {{path: {path}, target: {target}}}}}
  {data}
  prepare: {prepare}
layers: [{{Dense: {{units: 1}}}}]
optimizer: sgd
loss: {loss}
epochs: 1
"""


def problems(prepare: str, data: str = "one_hot: false", target: str = "petal") -> list[Problem]:
    loss = "mse" if target == "petal" else "hinge"
    text = TEXT.format(path=FLOWERS, prepare=prepare, data=data, target=target, loss=loss)
    with pytest.raises(ExperimentError) as caught:
        written(text, FLOWERS.parent)
    return list(caught.value.problems)


def test_a_scale_is_set_once() -> None:
    (problem,) = problems("{scale: minmax}", "scale: standard")
    assert problem.message == '"scale" is set twice: in data and in data.prepare.'
    assert problem.place is not None
    assert problem.place.line == 4


def test_a_column_that_is_not_there_is_named_with_one_that_is() -> None:
    (problem,) = problems("{columns: {sepel: {log: true}}}")
    assert (problem.message, problem.hint) == ('There is no column "sepel".', 'Did you mean "sepal"?')


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        ("{clip: [3, 1]}", '"clip" needs a smaller and a larger number. Received: [3, 1]'),
        ("{clip: [-3, 0], log: true}", '"log" needs numbers above 0, and "clip" leaves none. Received: [-3, 0]'),
        ("{columns: {place: {log: true}}}", 'The column "place" has texts, and "log" is not for them.'),
        ("{columns: {place: {missing: mean}}}", 'The column "place" has texts, which have no mean.'),
        ("{columns: {sepal: {words: hash}}}", 'The column "sepal" has numbers, and "words" is not for them.'),
        ("{columns: {petal: {words: hash}}}", 'The target "petal" is a number, and "words" is not for it.'),
        ("{columns: {petal: {missing: mean}}}", 'A missing value of the target "petal" cannot be filled in.'),
        ("{balance: weights}", '"balance" needs one target, and that a class label.'),
        ("{missing: {constant: a}}", '"constant" must be a number. Received: "a"'),
        ("{missing: average}", '"missing" must be "refuse", "drop", "mean", "median" or "indicator". '
         'Received: "average"'),
        ("{words: {hash: 1}}", '"hash" must be at least 2. Received: 1'),
        ("{columns: {place: {scales: none}}}", 'A column has no setting "scales".'),
    ],
)  # fmt: skip
def test_an_option_that_cannot_be_is_refused(prepare: str, message: str) -> None:
    assert [problem.message for problem in problems(prepare)] == [message]


def test_a_hash_has_no_most_frequent_words() -> None:
    (problem,) = problems("{words: {hash: 8}, max_words: 3}")
    assert problem.message.startswith('"max_words" is for words: onehot and words: integer')


def test_a_target_is_scaled_once() -> None:
    (problem,) = problems("{columns: {petal: {scale: minmax}}}", "scale_targets: standard")
    assert problem.message == 'The scale of the target "petal" is set twice: in data.scale_targets and here.'


def test_a_class_label_is_not_scaled() -> None:
    (problem,) = problems("{columns: {species: {scale: minmax}}}", target="species")
    assert problem.message == 'The target "species" is a class label, and "scale" is not for it.'
