"""Every mistake that can be known from the text is named in the first check, and none that follows from another."""

import copy
import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from nnrun.cli.commands.check import _check
from nnrun.errors import ExperimentError
from nnrun.sweep.plan.plan import plan_sweep, request_sweep

TEXT = """\
name: many
seed: 1
data:
  generator: {moons: {samples: 60, noise: 0.2}}
  validation_split: 0.2
  test_split: 0.1
layers:
  - Input: {name: point}
  - Dense: {units: 4, activation: tanh, inputs: point, name: left}
  - Dense: {units: 4, inputs: point, name: right}
  - Add: {inputs: [left, right]}
  - Reshape: {target_shape: [2, 2, 1]}
  - Conv2D: {filters: 3, kernel_size: 2}
  - Flatten
  - Dense: {units: 1, activation: sigmoid, name: out}
outputs: [out]
optimizer: {adam: {learning_rate: 0.1}}
loss: binary_crossentropy
metrics: [accuracy]
epochs: 2
callbacks:
  - EarlyStopping: {monitor: val_loss, patience: 3}
  - CSVLogger
  - ReduceLROnPlateau: {monitor: loss}
class_weight: {0: 1.0, 1: 2.0}
predict: [[0, 0], [1, 1]]
expect: [val_loss < 9, test_accuracy >= 0, loss < 9]
sweep:
  grid: {batch_size: [1, 2], epochs: 1..3}
  variants: {a: {seed: 2}}
  reach: val_accuracy >= 0.5
"""

# A mistake, and whether others hide it because it depends on them.
MISTAKES: list[tuple[str, str, bool]] = [
    ("name: many", "name: so many", False),
    ("seed: 1", "seed: -1", False),
    ("noise: 0.2", "noize: 0.2", False),
    ("samples: 60", "samples: 1", False),
    ("validation_split: 0.2", "validation_split: 1.2", False),
    ("test_split: 0.1", "test_splt: 0.1", False),
    ("test_split: 0.1", "test_split: 0.9", True),
    ("units: 4, activation: tanh", "units: 0, activation: tanh", False),
    ("activation: tanh", "activation: tanhh", False),
    ("inputs: point, name: left", "inputs: pont, name: left", True),
    ("- Dense: {units: 4, inputs: point, name: right}", "- Dens: {units: 4, inputs: point, name: right}", False),
    ("units: 4, inputs: point, name: right", "units: 5, inputs: point, name: right", True),
    ("  - Flatten", "  - Flatten: {inputs: [conv2d, add]}", True),
    ("target_shape: [2, 2, 1]", "target_shape: [2, 3, 1]", True),
    ("kernel_size: 2", "kernel_sizes: 2", False),
    ("kernel_size: 2", "kernel_size: 3", True),
    ("Flatten", "Flaten", False),
    ("units: 1, activation: sigmoid", "units: 3, activation: sigmoid", True),
    ("outputs: [out]", "outputs: [outt]", True),
    ("outputs: [out]", "outputs: 3", False),
    ("{adam: {learning_rate: 0.1}}", "{adam: {learning_rat: 0.1}}", False),
    ("{adam: {learning_rate: 0.1}}", "adm", False),
    ("loss: binary_crossentropy", "loss: binary_crossentropi", False),
    ("loss: binary_crossentropy", "los: binary_crossentropy", False),
    ("metrics: [accuracy]", "metrics: [acuracy]", False),
    ("metrics: [accuracy]", "metrcs: [accuracy]", False),
    ("epochs: 2", "epochs: 0", False),
    ("patience: 3", "patience: x", False),
    ("monitor: loss", "monitor: los", True),
    ("- CSVLogger", "- CSVLoger", False),
    ("class_weight: {0: 1.0, 1: 2.0}", "class_weight: balancd", False),
    ("class_weight: {0: 1.0, 1: 2.0}", "class_weight: {0: 1.0, 7: 2.0}", True),
    ("predict: [[0, 0], [1, 1]]", "predict: [[0, 0], [1]]", True),
    ("predict: [[0, 0], [1, 1]]", "predict: [[0, 0], 'a,b']", True),
    ("[val_loss < 9,", "[val_loss small,", False),
    ("test_accuracy >= 0", "tst_accuracy >= 0", True),
    ("loss < 9]", "3]", False),
    ("batch_size: [1, 2]", "batch_size: 0...4", False),
    ("batch_size: [1, 2]", "batch_size: [1, 0]", True),
    ("epochs: 1..3", "epoch: 1..3", True),
    ("{a: {seed: 2}}", "{a: {seed: two}}", True),
    ("reach: val_accuracy >= 0.5", "reach: val_acc high", False),
    ("reach: val_accuracy >= 0.5", "raech: val_accuracy >= 0.5", False),
]


def found_in(folder: Path, mistakes: list[tuple[str, str, bool]]) -> dict[str, int]:
    """The messages of a first check of the file with these mistakes, each with its line."""
    text = TEXT
    for right, wrong, _ in mistakes:
        assert text.count(right) == 1
        text = text.replace(right, wrong)
    file = folder / "many.yaml"
    file.write_text(text)
    return {problem.message: problem.place.line if problem.place else 0 for problem in _check(file, ()).problems}


def test_the_experiment_without_mistakes_is_valid(tmp_path):
    assert found_in(tmp_path, []) == {}


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake[1])
def test_a_mistake_is_named_once_and_none_follows_from_it(mistake, found_alone):
    (line,) = found_alone(mistake).values()
    assert line >= TEXT[: TEXT.index(mistake[0])].count("\n") + 1


@pytest.fixture(scope="module")
def found_alone(tmp_path_factory):
    """What a check of the file with one mistake says, which is asked once for each."""
    return functools.cache(lambda mistake: found_in(tmp_path_factory.mktemp("alone"), [mistake]))


@given(st.lists(st.sampled_from(MISTAKES), min_size=2, max_size=6, unique_by=lambda mistake: mistake[0]))
@settings(max_examples=100)
def test_mistakes_are_named_together_and_make_no_others(found_alone, tmp_path_factory, mistakes):
    text = TEXT
    for right, wrong, _ in mistakes:
        if text.count(right) != 1:
            return
        text = text.replace(right, wrong)
    folder = tmp_path_factory.mktemp("many")
    together = found_in(folder, mistakes)
    alone = [found_alone(mistake) for mistake in mistakes]
    # By line: the splits leave no row, which is said in other words where the number of rows is not known.
    assert set(together.values()) <= {line for found in alone for line in found.values()}
    for found, (_, _, depends) in zip(alone, mistakes, strict=True):
        assert depends or set(found) <= set(together)


ODD = [None, 3, -1, 2.5, "x", "?", [], {}, [1], [None], {"a": 1}, {"?": None}, True, [[]], "Dense", {"Dense": None}]


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in items:
        yield (*path, step)
        yield from paths_of(part, (*path, step))


EXPERIMENT = yaml.safe_load(TEXT)
PLACES = list(paths_of(EXPERIMENT))


@given(st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(ODD)), min_size=1, max_size=3))
@settings(max_examples=200)
def test_any_odd_value_anywhere_is_a_mistake_or_none(tmp_path_factory, changes):
    value = copy.deepcopy(EXPERIMENT)
    for path, odd in changes:
        holder = value
        for step in path[:-1]:
            inside = step in holder if isinstance(holder, dict) else isinstance(step, int) and step < len(holder)
            holder = holder[step] if inside and isinstance(holder[step], dict | list) else holder
        if isinstance(holder, dict):
            holder[str(path[-1])] = copy.deepcopy(odd)
        elif holder:
            holder[-1] = copy.deepcopy(odd)
    file = tmp_path_factory.mktemp("odd") / "odd.yaml"
    file.write_text(json.dumps(value))
    assert all(str(problem) for problem in _check(file, ()).problems)


def test_a_sweep_names_the_mistakes_outside_its_section_too(tmp_path):
    file = tmp_path / "many.yaml"
    file.write_text(TEXT.replace("epochs: 1..3", "epochs: 1...3").replace("adam", "adm"))
    with pytest.raises(ExperimentError) as caught:
        plan_sweep(request_sweep(file))
    assert [problem.place.line for problem in caught.value.problems] == [17, 29]
