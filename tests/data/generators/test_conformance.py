"""Every generator of the registry goes through the same checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from experiments import shipped
from nnrun.data.dataset import Array, Dataset, Part
from nnrun.data.generate import generate
from nnrun.data.generators.generator import GeneratorArguments, Resources
from nnrun.data.generators.registry import all_generators, describe_columns
from nnrun.data.preparation.columns import prepared_columns
from nnrun.errors import ExperimentError, Place, Problem
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.experiment import Component, DataSettings

HERE = Place("x.yaml", 3, 5, "    generator:")
GENERATORS = all_generators()
Arguments = dict[str, Any]

# What a test needs besides the example of a generator: what its file holds, or as few rows as a small file has.
ROWS = {name: {"samples": 20} for name in ("mnist", "fashion_mnist", "cifar10", "cifar100", "imdb", "reuters")}
MORE: list[tuple[str, Arguments]] = [
    ("table", {"columns": ["y", "x"], "rows": [[0, 0.5], [1, 0.25], [1, 1]], "target": "y"}),
    ("function", {"samples": 30, "x": "uniform(0, 1)", "y": "x >= 0.5"}),
    (
        "function",
        {"a": "grid(0, 1, 3)", "b": "grid(0, 1, 4)", "y": "a + b", "z": "a > b", "target": ["y", "z"], "noise": 1},
    ),
    ("moons", {"samples": 7, "noise": 0}),
    ("blobs", {"centers": 4, "features": 3, "samples": 4}),
    ("gaussians", {"classes": 3, "features": 4}),
    ("spirals", {"arms": 1, "samples": 10}),
    ("modular", {"modulus": 7, "operation": "/", "share": 0.5, "encoding": "one_hot"}),
    ("addition", {"samples": 9, "encoding": "one_hot"}),
    ("copy", {"samples": 9, "encoding": "one_hot"}),
    ("digits", {"samples": 30, "shape": [8, 8, 1], "scale": False}),
    ("mnist", {"samples": 20, "shape": [28, 28]}),
    ("cifar100", {"samples": 20, "label_mode": "coarse", "shape": [3072]}),
    ("california_housing", {"version": "small"}),
]


def cases() -> Iterator[tuple[str, Arguments]]:
    """The defaults of every generator that needs no argument, all examples, and the cases above, but for files."""
    for name, generator in GENERATORS.items():
        if generator.files or name == "python":  # which runs code of one's own: in test_python
            continue
        required = any(argument.get("required") for argument in generator.arguments.values())
        if not required and not generator.additional:
            yield name, ROWS.get(name, {})
        if generator.example:
            yield name, dict(generator.example)
    yield from MORE


EVERY = pytest.mark.parametrize(("name", "arguments"), list(cases()))


def component(name: str, arguments: Mapping[str, Any]) -> Component:
    return Component("generators", name, dict(arguments), HERE)


def made(generator: Component, home: Path, seed: int = 0, **settings: Any) -> Dataset:
    data = DataSettings(generator, **settings)
    columns = prepared_columns(describe_columns(generator))
    return generate(replace(shipped("xor"), seed=seed, data=data, columns=columns), home)


def arrays(dataset: Dataset) -> list[Array]:
    parts = [part for part in (dataset.training, dataset.validation, dataset.test) if part]
    return [values for part in parts for values in (part.inputs | part.targets).values()]


def check_against(known: Columns, dataset: Dataset) -> None:
    """The data are what the columns foretell, and finite."""
    assert (known.samples, known.classes) == (dataset.training.rows, dataset.classes)
    assert known.own_test == (dataset.test is not None)
    for part in (dataset.training, dataset.test):
        if part is not None:
            check_columns(known.inputs, part.inputs, {np.dtype(np.float32)})
            check_columns(known.targets, part.targets, {np.dtype(np.float32), np.dtype(np.int32)})
    labels = {name for name, values in dataset.training.targets.items() if values.dtype == np.int32}
    assert {column.name for column in known.targets if column.is_label} == labels
    assert all(not column.categories or len(column.categories) == known.classes for column in known.targets[:1])
    for values in dataset.training.targets.values():
        assert dataset.classes is None or 0 <= values.min() <= values.max() < dataset.classes


def check_columns(known: tuple[Column, ...], columns: Mapping[str, Array], types: set[Any]) -> None:
    assert {column.name: column.shape for column in known} == {n: values.shape[1:] for n, values in columns.items()}
    assert {values.dtype for values in columns.values()} <= types
    for column in known:
        values = columns[column.name]
        assert np.isfinite(values).all()
        if column.extent:
            assert column.extent[0] <= values.min() <= values.max() <= column.extent[1]


def test_every_generator_goes_through_the_checks() -> None:
    files = {name for name, generator in GENERATORS.items() if generator.files}  # in test_file_conformance and test_npy
    assert {name for name, _ in cases()} | files | {"python"} == set(GENERATORS)


@EVERY
def test_the_data_are_what_the_columns_foretell(name: str, arguments: Arguments, keras_home: Path) -> None:
    generator = component(name, arguments)
    check_against(prepared_columns(describe_columns(generator)), made(generator, keras_home))


@EVERY
def test_the_same_seed_gives_the_same_bytes(name: str, arguments: Arguments, keras_home: Path) -> None:
    settings: Arguments = {"validation_split": 0.25, "scale": "standard"}
    first, second = (arrays(made(component(name, arguments), keras_home, 7, **settings)) for _ in range(2))
    assert [values.tobytes() for values in first] == [values.tobytes() for values in second]


@EVERY
def test_another_seed_gives_other_data_exactly_where_something_is_drawn(
    name: str, arguments: Arguments, keras_home: Path
) -> None:
    generator, rng = component(name, arguments), np.random.default_rng(0)
    before = rng.bit_generator.state
    GENERATORS[name].make(GeneratorArguments(generator), Resources(rng, keras_home))
    first, second = (arrays(made(generator, keras_home, seed)) for seed in (1, 2))
    same = all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))
    assert same == (rng.bit_generator.state == before)


@EVERY
def test_the_classes_are_shared_as_the_description_says(name: str, arguments: Arguments, keras_home: Path) -> None:
    description = GENERATORS[name].arguments.get("samples", {}).get("description", "")
    if "shared equally" in description or "half of them" in description:
        (labels,) = made(component(name, arguments), keras_home).training.targets.values()
        counts = np.bincount(labels[:, 0])
        assert counts.max() - counts.min() <= 1


@EVERY
def test_splits_move_rows_and_change_none(name: str, arguments: Arguments, keras_home: Path) -> None:
    generator = component(name, arguments)
    whole, split = made(generator, keras_home), made(generator, keras_home, validation_split=0.3)
    assert split.validation is not None
    assert split.training.rows == whole.training.rows - split.validation.rows > 0
    assert rows(split.training, split.validation) == rows(whole.training)


def rows(*parts: Part) -> list[bytes]:
    """The rows of all parts, sorted."""
    tables = [[values.reshape(part.rows, -1) for values in (part.inputs | part.targets).values()] for part in parts]
    whole = np.concatenate([np.hstack(table) for table in tables])  # (rows, numbers)
    return sorted(row.tobytes() for row in whole)


@EVERY
def test_one_hot_gives_a_vector_for_every_label(name: str, arguments: Arguments, keras_home: Path) -> None:
    generator = component(name, arguments)
    labels = made(generator, keras_home)
    encoded = [target for target, values in labels.training.targets.items() if values.dtype == np.int32]
    if encoded:
        vectors = made(generator, keras_home, one_hot=True)
        for target in encoded:
            values = vectors.training.targets[target]
            assert np.array_equal(values.argmax(axis=1), labels.training.targets[target][:, 0])
            assert set(values.sum(axis=1)) == {1}


def bounds() -> Iterator[tuple[str, str, Any]]:
    """Every argument with the least, the greatest and each named value that its schema allows."""
    for name, generator in GENERATORS.items():
        for argument, schema in generator.arguments.items():
            if argument == "samples" or generator.additional or generator.files:
                continue
            most = schema.get("maximum", 0.999 if "exclusiveMaximum" in schema else 1e300)
            ends = [schema.get("minimum"), most] if schema.get("type") in ("integer", "number") else []
            named = [False, True] if schema.get("type") == "boolean" else schema.get("enum", [])
            yield from ((name, argument, value) for value in (*ends, *named))


@pytest.mark.parametrize(("name", "argument", "value"), list(bounds()))
def test_an_argument_at_its_bound_works_or_is_refused_with_a_place(
    name: str, argument: str, value: Any, keras_home: Path
) -> None:
    schemas = GENERATORS[name].arguments
    few = ROWS.get(name) or ({"samples": max(60, schemas["samples"]["minimum"])} if "samples" in schemas else {})
    problems = problems_of(component(name, {**few, argument: value}), keras_home)
    assert all(problem.place == HERE for problem in problems)


@pytest.mark.parametrize("name", [name for name, generator in GENERATORS.items() if generator.group != "own data"])
def test_the_least_and_the_greatest_number_of_rows_are_possible(name: str, keras_home: Path) -> None:
    schema = GENERATORS[name].arguments.get("samples")
    if schema:
        least = problems_of(component(name, {"samples": schema["minimum"]}), keras_home)
        assert all("needs a sample" in problem.message for problem in least)
        greatest = problems_of(component(name, {"samples": schema["maximum"]}), keras_home)
        assert all("Data have at most" in problem.message for problem in greatest)


def problems_of(generator: Component, home: Path) -> tuple[Problem, ...]:
    """The problems of a generator; without any, its data are what its columns foretell, if they are not too many."""
    try:
        known = prepared_columns(describe_columns(generator))
        if (known.samples or 0) * sum(column.width for column in known.inputs) < 1_000_000:
            check_against(known, made(generator, home))
    except ExperimentError as error:
        return error.problems
    return ()


@pytest.mark.parametrize("name", GENERATORS)
def test_every_argument_has_a_description_a_range_and_a_default_within_it(name: str) -> None:
    for argument, schema in GENERATORS[name].arguments.items():
        plain = {key: value for key, value in schema.items() if key != "required"}
        jsonschema.Draft7Validator.check_schema(plain)
        assert schema["description"].endswith("."), argument
        assert "type" in schema or "enum" in schema, argument
        assert schema.get("type") != "integer" or {"minimum", "maximum"} <= set(schema), argument
        assert schema.get("type") != "number" or "minimum" in schema, argument
        if "default" in schema:
            jsonschema.validate(schema["default"], plain)


@pytest.mark.parametrize("name", GENERATORS)
def test_a_generator_is_described_in_sentences(name: str) -> None:
    generator = GENERATORS[name]
    assert generator.summary.endswith(".")
    assert "\n" not in generator.summary
