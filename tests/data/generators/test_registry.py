"""What a generator makes is known without making it, and all that is wrong with it is told at once."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nnrun.data.files.table_column import MAX_CATEGORIES, MAX_INPUT_CATEGORIES
from nnrun.data.generators import registry
from nnrun.data.generators.function import parse_function
from nnrun.data.generators.generator import GeneratorArguments
from nnrun.data.generators.registry import all_generators, describe_columns, find_generator
from nnrun.data.generators.table import parse_table
from nnrun.errors import ExperimentError, Place, Problem
from nnrun.experiment import schema
from nnrun.experiment.columns import Column, Columns, DataFile
from nnrun.experiment.distributions import Distribution
from nnrun.experiment.experiment import Component

CATALOGUE = json.loads((Path(schema.__file__).parent / "generators.json").read_text(encoding="utf-8"))
XOR: dict[str, Any] = {"columns": ["age", "income", "loyal"], "rows": [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]}
HERE = Place("x.yaml", 3, 5, "    generator:")


def generator(name: str, places: dict[str, Place] | None = None, **arguments: Any) -> Component:
    return Component("generators", name, arguments, HERE, places or {})


def function(**arguments: Any) -> Component:
    return generator("function", **arguments)


def problems_of(component: Component) -> tuple[Problem, ...]:
    with pytest.raises(ExperimentError, match=r"\S") as caught:
        describe_columns(component)
    return caught.value.problems


def messages_of(component: Component) -> list[str]:
    return [problem.message for problem in problems_of(component)]


def label(name: str) -> tuple[Column, ...]:
    return (Column(name, is_label=True),)


def plain(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def test_the_last_column_of_a_table_is_the_target() -> None:
    assert describe_columns(generator("table", **XOR)) == Columns(plain("age", "income"), plain("loyal"), 4, 2)


def test_target_and_inputs_choose_the_columns_of_a_table() -> None:
    columns = describe_columns(generator("table", **XOR, target=["age", "loyal"], inputs="income"))
    assert columns == Columns(plain("income"), plain("age", "loyal"), 4, None)


@pytest.mark.parametrize(
    ("values", "classes"),
    [([0, 1, 2], 3), ([2, 0, 1], 3), ([1, 2, 3], None), ([0, 0, 0], None), ([0, 0.5, 1], None), ([0, 2, 2], None)],
)
def test_a_table_has_classes_where_the_target_holds_each_of_them(values: list[float], classes: int | None) -> None:
    table = generator("table", columns=["x", "y"], rows=[[0, value] for value in values])
    assert describe_columns(table).classes == classes


def test_every_wrong_cell_and_row_of_a_table_is_told_at_once() -> None:
    rows = [[0, 0], [1], [True, "no"], [float("nan"), 10**400], [0, 0, 0]]
    assert messages_of(generator("table", columns=["x", "y"], rows=rows)) == [
        "Row 2 must have 2 cells, one for each column. Received: 1",
        'Row 3, column "x": a cell is a finite number, a text or null. Received: true',
        'Row 4, column "x": a cell is a finite number, a text or null. Received: NaN',
        f'Row 4, column "y": a cell is a finite number, a text or null. Received: 1{"0" * 78}…',
        "Row 5 must have 2 cells, one for each column. Received: 3",
    ]


def test_an_input_column_that_is_not_there_gets_the_nearest_name() -> None:
    place = Place("x.yaml", 9, 14, "     inputs: [agee]")
    (problem,) = problems_of(generator("table", {"inputs": place}, **XOR, inputs=["agee"]))
    assert problem == Problem('There is no column "agee".', place, 'Did you mean "age"?')


def test_a_column_has_one_role() -> None:
    assert messages_of(generator("table", **XOR, inputs=["age", "loyal"])) == [
        'The column "loyal" is both an input and a target.'
    ]


def test_names_are_not_repeated() -> None:
    assert messages_of(generator("table", **XOR, inputs=["age", "age"])) == ['The column "age" is listed twice.']
    twice = generator("table", columns=["x", "x", "y"], rows=[[1, 2, 3]], inputs="x")
    assert messages_of(twice) == ['The column "x" is repeated.']


@pytest.mark.parametrize(("columns", "received"), [({"x": "uniform(0, 1)"}, "x"), ({}, "none")])
def test_an_input_and_a_target_are_needed(columns: dict[str, str], received: str) -> None:
    message = f"At least one input column and one target column are needed. Received: {received}"
    assert messages_of(function(samples=3, **columns)) == [message]


def test_a_parsed_table_holds_its_rows() -> None:
    assert parse_table(GeneratorArguments(generator("table", columns=["x", "y"], rows=[[1, 2]]))).rows == [(1, 2)]


def test_a_comparison_as_target_makes_two_classes() -> None:
    columns = describe_columns(function(samples=10, x="uniform(0, 1)", y="x >= 0.5"))
    assert columns == Columns(plain("x"), label("y"), 10, 2)


def test_a_number_as_target_makes_no_classes() -> None:
    assert describe_columns(function(samples=10, x="uniform(0, 1)", y="2 * x")).classes is None


def test_a_comparison_as_input_is_no_label() -> None:
    parsed = parse_function(GeneratorArguments(function(samples=10, x="uniform(0, 1)", up="x > 0", y="up + 1")))
    assert not parsed.is_label("up")


def test_a_plain_number_is_a_constant_column() -> None:
    assert describe_columns(function(samples=2, x=1e-5, y=-3)).inputs == plain("x")


def test_grids_decide_the_samples() -> None:
    grid = {"a": "grid(0, 1, 3)", "b": "grid(0, 1, 4)", "y": "a + b"}
    assert describe_columns(function(**grid)).samples == 12
    assert describe_columns(function(samples=12, **grid)).samples == 12
    assert messages_of(function(samples=10, **grid)) == ["The grid has 12 points. Received: 10 samples"]


def test_an_expression_uses_only_the_columns_above_it() -> None:
    (below,) = problems_of(function(samples=1, x="2 * y", y="x"))
    assert below.hint == '"y" is defined below; a column uses the columns above it.'
    (itself,) = problems_of(function(samples=1, x="x", y="x"))
    assert itself.hint == '"x" is the column itself; a column uses the columns above it.'


def test_all_problems_of_a_function_are_told_at_once() -> None:
    wrong = function(**{"a b": 1, "if": 2}, x="uniform(1, 0)", y="sin(", target="z", noise="grid(0, 1, 2)")
    assert [message.partition(":")[0] for message in messages_of(wrong)] == [
        "A column name must be an identifier of letters, digits and _. Received",
        "A column name must be an identifier of letters, digits and _. Received",
        'In "x"',
        'In "y"',
        'There is no column "z".',
        "Noise is a standard deviation, normal(mean, stddev), uniform(low, high) or student(df, scale). Received",
    ]


def test_samples_are_needed_without_a_grid() -> None:
    assert messages_of(function(x="uniform(0, 1)", y="x")) == [
        'The data generator function needs the argument "samples", the number of rows.'
    ]


@pytest.mark.parametrize(
    ("noise", "distribution"),
    [(0, None), (0.1, Distribution("normal", (0.0, 0.1))), ("uniform(0, 1)", Distribution("uniform", (0.0, 1.0)))],
)
def test_a_number_as_noise_is_a_standard_deviation(noise: float | str, distribution: Distribution | None) -> None:
    parsed = parse_function(GeneratorArguments(function(samples=1, x=1, y="x", noise=noise)))
    assert parsed.noise == ({} if distribution is None else {"y": distribution})


def test_noise_on_labels_is_refused() -> None:
    wrong = function(samples=1, x=1, y="x > 0", noise=0.1)
    assert messages_of(wrong) == ["Noise can be added only to numeric targets. These targets are class labels."]


@pytest.mark.parametrize(
    ("line", "column", "caret"),
    [
        ("      y: x + zz", 10, 14),
        ('      y: "x + zz"', 10, 15),
        ("      y: 'x + zz'", 10, 15),
        ("      y: >-", 10, 10),
    ],
)
def test_an_error_in_an_expression_points_at_the_character(line: str, column: int, caret: int) -> None:
    place = Place("x.yaml", 5, column, line)
    (problem,) = problems_of(generator("function", {"y": place}, samples=1, x=1, y="x + zz"))
    assert problem.place == Place("x.yaml", 5, caret, line)


def test_a_problem_without_a_place_of_its_own_stands_at_the_generator() -> None:
    assert problems_of(function(x=1, y="x"))[0].place == HERE


def csv(text: str, folder: Path, places: dict[str, Place] | None = None, **arguments: Any) -> Component:
    path = folder / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return generator("csv", places, path=str(path), **arguments)


def test_words_of_a_csv_file_are_codes_as_input_and_classes_as_target(tmp_path: Path) -> None:
    described = describe_columns(csv("size,place,kind\n1,woods,b\n2,garden,a\n", tmp_path))
    place, kind = Column("place", 1, (), ("garden", "woods")), Column("kind", 1, (), ("a", "b"), is_label=True)
    file = tmp_path / "rows.csv"
    digest = DataFile(str(file), hashlib.sha256(file.read_bytes()).hexdigest())
    assert described == Columns((Column("size"), place), (kind,), 2, 2, files=(digest,))


@pytest.mark.parametrize(
    ("values", "classes"),
    [([0, 1, 2], 3), ([2, 0, 1], 3), ([1, 2, 3], None), ([0, 0, 0], None), ([0, 0.5, 1], None), ([0, 2, 2], None)],
)
def test_numbers_of_a_csv_file_are_classes_by_the_rule_for_tables(
    values: list[float], classes: int | None, tmp_path: Path
) -> None:
    rows = "\n".join(["x,y", *(f"0,{value}" for value in values)])
    described = describe_columns(csv(rows, tmp_path))
    assert replace(described, files=()) == Columns(plain("x"), plain("y"), 3, classes)


def test_two_targets_of_a_csv_file_have_no_classes(tmp_path: Path) -> None:
    described = describe_columns(csv("x,y,z\n1,a,0\n2,b,1\n", tmp_path, target=["y", "z"]))
    assert (described.classes, [column.categories for column in described.targets]) == (None, [("a", "b"), ()])


def test_a_column_that_is_not_used_may_hold_anything(tmp_path: Path) -> None:
    text = "x,note,y\n" + "".join(f"{i},{'note' * (i > 0)} {i},1\n" for i in range(2000)) + "1,,2\n"
    assert describe_columns(csv(text, tmp_path, inputs="x")).inputs == plain("x")
    assert len(messages_of(csv(text, tmp_path))) == 1


def test_all_problems_of_a_csv_file_are_told_at_once_at_its_path_or_at_the_argument(tmp_path: Path) -> None:
    path, inputs = Place("x.yaml", 4, 1, "path"), Place("x.yaml", 5, 1, "inputs")
    wrong = csv("x,x,note,y\n1,2,,nan\n2,3,b,1\n", tmp_path, {"path": path, "inputs": inputs}, inputs=["note", "z"])
    assert [(problem.message, problem.place) for problem in problems_of(wrong)] == [
        ('The column "x" is repeated in the header of rows.csv.', path),
        ('There is no column "z".', inputs),
        ('Line 2 has no value in the column "note".', path),
        ('Line 2 has no finite number in the column "y". Received: "nan"', path),
    ]


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n", "\\t"])
def test_a_delimiter_is_one_character_and_no_quote(delimiter: str, tmp_path: Path) -> None:
    (problem,) = problems_of(csv("a,b\n1,2\n", tmp_path, delimiter=delimiter))
    assert problem.message.startswith("The delimiter is one character, and no quote. Received: ")
    assert problem.hint == ('A tab is written "\\t", in double quotes.' if delimiter == "\\t" else None)


@pytest.mark.parametrize("role", ["input", "target"])
def test_how_many_words_a_column_may_have_depends_on_its_role(role: str, tmp_path: Path) -> None:
    most = {"input": MAX_INPUT_CATEGORIES, "target": MAX_CATEGORIES}[role]
    rows = [f"w{i},1" for i in range(most)]
    arguments = {"input": {}, "target": {"target": "word"}}[role]
    columns = describe_columns(csv("\n".join(["word,n", *rows]), tmp_path, **arguments))
    assert len(columns.inputs[0].categories) == most if role == "input" else columns.classes == most
    (message,) = messages_of(csv("\n".join(["word,n", *rows, "one more,1"]), tmp_path, **arguments))
    assert f"{role}s have at most {most:,}" in message


def test_columns_of_a_number_count_towards_the_most_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "MAX_NUMBERS", 7)
    four = generator("table", columns=["x", "n"], rows=[[i, 1] for i in range(4)])
    assert messages_of(four) == ["Data have at most 7 numbers (rows × columns). Received: 8"]


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        (generator("moons"), Columns(plain("x1", "x2"), label("class"), 500, 2)),
        (generator("circles", samples=8), Columns(plain("x1", "x2"), label("class"), 8, 2)),
        (generator("blobs", features=3, centers=4), Columns(plain("x1", "x2", "x3"), label("class"), 500, 4)),
        (generator("spirals", arms=5), Columns(plain("x1", "x2"), label("class"), 500, 5)),
        (generator("digits"), Columns((Column("pixels", 64, image=(8, 8)),), label("digit"), 1797, 10)),
        (generator("mnist", samples=9), Columns((Column("pixels", 784, image=(28, 28)),), label("digit"), 9, 10, True)),
        (
            generator("fashion_mnist", shape=[28, 28, 1]),
            Columns((Column("pixels", 784, (28, 28, 1), image=(28, 28)),), label("class"), 60_000, 10, True),
        ),
    ],
)
def test_the_columns_of_every_named_set_are_known(component: Component, expected: Columns) -> None:
    assert describe_columns(component) == expected


def test_a_row_of_a_column_has_a_shape() -> None:
    assert Column("x", 3).shape == (3,)
    assert Column("pixels", 64, (8, 8)).shape == (8, 8)


def test_a_shape_holds_all_pixels() -> None:
    message = "The shape must hold the 64 pixels of an image. Received: [8, 7]"
    assert messages_of(generator("digits", shape=[8, 7])) == [message]


@pytest.mark.parametrize(
    "component", [generator("spirals", samples=4, arms=5), generator("blobs", samples=4, centers=5)]
)
def test_each_class_needs_a_row(component: Component) -> None:
    assert messages_of(component) == ["Each of the 5 classes needs a sample. Received: 4 samples"]


@pytest.mark.parametrize(
    "component",
    [function(a="grid(0, 1, 10**5)", b="grid(0, 1, 10**5)", y="a"), generator("blobs", samples=10**7, features=1000)],
)
def test_more_data_than_memory_can_hold_are_refused(component: Component) -> None:
    assert "Data have at most 200,000,000 numbers" in messages_of(component)[0]


def test_an_unknown_generator_gets_the_nearest_name() -> None:
    (problem,) = problems_of(generator("moon"))
    assert problem == Problem('There is no data generator "moon".', HERE, 'Did you mean "moons"?')


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_argument_of_the_catalogue_is_described_and_its_default_is_allowed(name: str) -> None:
    for argument in CATALOGUE[name]["arguments"].values():
        schema = {key: value for key, value in argument.items() if key != "required"}
        jsonschema.Draft7Validator.check_schema(schema)
        assert schema["description"].endswith(".")
        if "default" in schema:
            jsonschema.validate(schema["default"], schema)


def test_a_generator_is_the_one_of_the_module_of_its_name() -> None:
    found = all_generators()
    assert {generator.name for generator in found.values()} == set(found)
    assert find_generator("moons") is found["moons"]
    assert find_generator("image_sets") is None


def test_only_the_generator_that_is_named_is_loaded() -> None:
    find = "from nnrun.data.generators.registry import find_generator; find_generator('moons')"
    code = f"import sys; {find}; print({{'moons', 'blobs'}} & {{name.rpartition('.')[2] for name in sys.modules}})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "{'moons'}"
