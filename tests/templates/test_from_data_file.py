"""For a CSV file an experiment is proposed that checks, whatever its columns are called and hold."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_csv_files import MADE

from nnrun.data.files.cell_text import is_number
from nnrun.data.files.data_files import DataFiles
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Experiment
from nnrun.experiment.text.yaml_text import parse_document
from nnrun.load import load_experiment
from nnrun.templates.from_data_file import propose

COMMAND = "#   nnrun train it.yaml"
Propose = Callable[..., tuple[str, Experiment]]


@pytest.fixture
def proposed(tmp_path: Path) -> Propose:
    """A function that writes columns to a CSV file, and gives the text that is proposed and its experiment."""

    def write(delimiter: str = ",", **columns: list[Any]) -> tuple[str, Experiment]:
        return propose_for(list(columns), list(zip(*columns.values(), strict=True)), tmp_path, delimiter)

    return write


def propose_for(names: list[str], rows: list[Any], folder: Path, delimiter: str = ",") -> tuple[str, Experiment]:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([names, *rows])
    (folder / "rows.csv").write_bytes(text.getvalue().encode())
    proposal = propose(folder / "rows.csv", folder, COMMAND)
    (folder / "it.yaml").write_text(proposal, encoding="utf-8")
    return proposal, load_experiment(folder / "it.yaml")


def data_of(text: str) -> Any:
    return parse_document(text, "it.yaml").value["data"]


def columns_in(text: str) -> Any:
    return data_of(text)["generator"]["csv"]


# Forty rows of each kind of column.
ROWS = 40
RNG = random.Random(1)
SIZE = [round(RNG.uniform(0, 100), 2) for _ in range(ROWS)]
SHARE = [round(RNG.uniform(0, 1), 3) for _ in range(ROWS)]
PLACE = [["woods", "garden", "meadow"][i % 3] for i in range(ROWS)]
WILD = [["yes", "no"][i % 2] for i in range(ROWS)]
GRADE = [i % 4 for i in range(ROWS)]
CODE = list(range(ROWS))


WORD = st.text("abcdefgh", min_size=1, max_size=3)
NAMES = (
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12)
    .map(str.strip)
    .filter(lambda name: name and not is_number(name) and not re.fullmatch("[a-h]{1,3}", name))
)
COLUMNS = st.sampled_from([st.floats(-3e38, 3e38), st.integers(0, 3), st.integers(), WORD])


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[tuple[Any, ...]]]:
    names = draw(st.lists(NAMES, min_size=2, max_size=6, unique=True))
    kinds = draw(st.lists(COLUMNS, min_size=len(names), max_size=len(names)))
    rows = draw(st.integers(1, 45))
    columns = [draw(st.lists(kind, min_size=rows, max_size=rows)) for kind in kinds]
    return names, list(zip(*columns, strict=True))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=80)
@given(tables())
def test_any_columns_of_numbers_and_words_get_an_experiment_that_checks(
    tmp_path: Path, table: tuple[list[str], list[tuple[Any, ...]]]
) -> None:
    names, rows = table
    try:
        text, experiment = propose_for(names, rows, tmp_path)
    except ExperimentError as error:
        if "No column is left to learn" in str(error):
            return
        raise
    roles = {*experiment.inputs[0].columns, *experiment.outputs[0].targets}
    assert roles <= set(names)
    assert text.splitlines()[1] == COMMAND


def test_the_whole_text_for_a_small_file(proposed: Propose) -> None:
    text, _ = proposed(number=CODE, size=SIZE, place=PLACE, note=["", *"x" * (ROWS - 1)], kind=WILD)
    assert text == GOLDEN


GOLDEN = """\
# A classification: "kind" is predicted from 2 other columns of "rows.csv".
#   nnrun train it.yaml
# Expect: an accuracy above 50%, the share of the most frequent class, if the columns are informative.

# The target is "kind", the last column. Its texts are 2 classes.
# Left out of the inputs: "number" (different in every row), "note" (the same in every row).
# Text columns are one-hot encoded: "place" (3).
data:
  generator:
    csv:
      path: rows.csv
      target: kind
      inputs: [size, place]
  validation_split: 0.2
  scale: standard

# Sized for 40 rows and 4 input numbers.
layers:
  - Dense: {units: 8, activation: relu}
  - Dense: {units: 1, activation: sigmoid}

optimizer: {Adam: {learning_rate: 0.01}}
loss: binary_crossentropy
metrics: [accuracy]
epochs: 200
batch_size: 16

# Conditions on the final metrics; they decide the exit status.
# expect:
#   - val_accuracy > 0.50
"""


def test_the_target_is_the_last_column(proposed: Propose) -> None:
    text, _ = proposed(place=PLACE, size=SIZE)
    assert columns_in(text)["target"] == "size"
    assert 'The target is "size", the last column.' in text


@pytest.mark.parametrize("name", ["target", "label", "class", "y", "Label", "Y"])
def test_a_column_whose_name_says_so_is_the_target(name: str, proposed: Propose) -> None:
    text, _ = proposed(**{name: GRADE, "size": SIZE})
    assert columns_in(text)["target"] == name
    assert f'The target is "{name}", as its name says.' in text


def test_a_last_column_that_cannot_be_learned_gives_way(proposed: Propose) -> None:
    text, _ = proposed(size=SIZE, place=PLACE, last=[f"flower {i}" for i in CODE])
    assert columns_in(text) == {"path": "rows.csv", "target": "place", "inputs": ["size"]}
    assert 'The target is "place", the last column that can be one.' in text


@pytest.mark.parametrize("last", [[7] * ROWS, ["a"] * ROWS, [f"car {max(i, 19)}" for i in CODE]])
def test_a_last_column_without_variety_or_without_classes_gives_way(last: list[Any], proposed: Propose) -> None:
    assert columns_in(proposed(size=SIZE, place=PLACE, last=last)[0])["target"] == "place"


def test_a_name_that_is_made_up_for_a_file_without_a_header_tells_no_target(tmp_path: Path) -> None:
    names, rows = ["0.5", "woods", "3"], [(size, place, 3) for size, place in zip(SIZE, PLACE, strict=True)]
    text, _ = propose_for(names, rows, tmp_path)
    assert 'The target is "x2", the last column that can be one.' in text


@pytest.mark.parametrize("name", ["kind", "day"])
def test_a_column_with_missing_cells_does_not_split_the_rows(name: str, proposed: Propose) -> None:
    kinds = ["rare" if i < 9 else "usual" for i in CODE]
    days = [f"2001-{1 + i // 20:02d}-{1 + i % 20:02d}" for i in CODE]
    columns: dict[str, list[Any]] = {"size": SIZE, "day" if name == "day" else "share": days, "kind": kinds}
    columns[name] = [*columns[name][:-1], ""]
    text, _ = proposed(**{key: cells for key, cells in columns.items() if key != "share"})
    assert data_of(text).get("split") == ("stratified" if name == "day" else None)


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (CODE, "different in every row"),
        ([i + 1000 for i in reversed(CODE)], "different in every row"),
        ([f"flower {i}" for i in CODE], "different in every row"),
        ([1.5] * ROWS, "the same in every row"),
        (["a"] * ROWS, "the same in every row"),
        ([""] * 21 + WILD[21:], "21 of 40 cells are missing"),
        (["NA"] * 30 + SIZE[30:], "30 of 40 cells are missing"),
    ],
)
def test_a_column_that_tells_nothing_or_little_is_left_out(column: list[Any], reason: str, proposed: Propose) -> None:
    text, experiment = proposed(size=SIZE, other=column, kind=WILD)
    assert f'Left out of the inputs: "other" ({reason}).' in text
    assert experiment.inputs[0].columns == ("size",)


def test_numbers_that_differ_in_every_row_stay_unless_they_run_on_or_are_named_as_identifiers(
    proposed: Propose,
) -> None:
    people = [i * i + 7 for i in CODE]
    kept = proposed(people=people, size=SIZE, customer_id=people, CustomerId=people, paid=people, kind=WILD)[1]
    assert kept.inputs[0].columns == ("people", "size", "paid")


def test_words_of_more_than_a_hundred_kinds_are_hashed(proposed: Propose) -> None:
    many = {"name": [f"w{i % 150}" for i in range(300)], "size": SIZE * 7 + SIZE[:20], "kind": WILD * 7 + WILD[:20]}
    text, experiment = proposed(**many)
    assert data_of(text)["prepare"] == {"columns": {"name": {"words": "hash"}}}
    assert [column.width for column in experiment.columns.inputs] == [64, 1]
    assert 'Texts of which there are more share 64 buckets by their hash: "name".' in text


def test_words_that_hardly_repeat_are_left_out(proposed: Propose) -> None:
    many = {"name": [f"w{i % 151}" for i in range(300)], "size": SIZE * 7 + SIZE[:20], "kind": WILD * 7 + WILD[:20]}
    assert '"name" (151 different texts in 300 rows)' in proposed(**many)[0]


def test_of_more_than_forty_words_the_most_frequent_are_encoded(proposed: Propose) -> None:
    many = {"name": [f"w{i % 60}" for i in range(300)], "size": SIZE * 7 + SIZE[:20], "kind": WILD * 7 + WILD[:20]}
    text, experiment = proposed(**many)
    assert data_of(text)["prepare"] == {"columns": {"name": {"max_words": 20}}}
    assert [column.width for column in experiment.columns.inputs] == [21, 1]


def test_missing_cells_are_filled_and_rows_without_a_target_left_out(proposed: Propose) -> None:
    text, _ = proposed(size=["", *SIZE[1:]], place=[*PLACE[:-1], "NA"], share=[*SHARE[:5], "NA", *SHARE[6:]])
    assert columns_in(text)["missing"] == ["NA"]
    assert data_of(text)["prepare"] == {
        "columns": {"size": {"missing": "median"}, "place": {"missing": "indicator"}, "share": {"missing": "drop"}}
    }
    assert 'Missing cells: "size" (1), "place" (1), "share" (1).' in text


def test_an_input_that_determines_the_target_is_left_out(proposed: Propose) -> None:
    text, experiment = proposed(size=SIZE, euros=[2 * share for share in SHARE], share=SHARE)
    assert experiment.inputs[0].columns == ("size",)
    assert 'Left out of the inputs: "euros" (determines "share").' in text


def test_unlike_classes_are_split_by_class(proposed: Propose) -> None:
    rare = ["sick" if i % 13 == 0 else "healthy" for i in CODE]
    assert data_of(proposed(size=SIZE, kind=rare)[0])["split"] == "stratified"
    assert "split" not in data_of(proposed(size=SIZE, kind=WILD)[0])


def test_a_very_rare_class_is_warned_of(proposed: Propose) -> None:
    rare = ["sick" if i in (5, 20) else "healthy" for i in CODE]
    assert "class_weight: balanced" in proposed(size=SIZE, kind=rare)[0]


@pytest.mark.parametrize("name", MADE)
def test_a_file_as_people_have_it_gets_an_experiment_that_checks(name: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.csv").write_bytes(MADE[name])
    text = propose(tmp_path / f"{name}.csv", tmp_path, COMMAND)
    (tmp_path / "it.yaml").write_text(text, encoding="utf-8")
    experiment = load_experiment(tmp_path / "it.yaml")
    assert (experiment.inputs[0].columns, experiment.outputs[0].targets, columns_in(text)) == EXPECTED[name]


def _roles(used: str, target: str, path: str, **arguments: Any) -> tuple[tuple[str, ...], tuple[str, ...], Any]:
    """Inputs, target and arguments of the file."""
    return tuple(used.split()), (target,), {"path": f"{path}.csv", "target": target, **arguments}


EXPECTED = {
    "houses": _roles("area rooms city", "price", "houses"),
    "iris": _roles("petal sepal", "species", "iris"),
    "titanic": _roles("Sex Age Embarked", "Survived", "titanic", inputs=["Sex", "Age", "Embarked"]),
    "decimal_comma": _roles("area", "price", "decimal_comma", delimiter=";", decimal=","),
    "headerless": _roles("x1 x2", "y", "headerless", columns=["x1", "x2", "y"]),
    "series": _roles("day", "sales", "series", inputs=["day"], dates={"day": "number"}),
    "wide": _roles(" ".join(f"gene{i}" for i in range(200)), "label", "wide"),
    "rare_class": _roles("age weight", "state", "rare_class"),
    "cars": _roles("power age", "mpg", "cars", delimiter="\t", missing=["?"]),
    "many_words": _roles("street size", "rent", "many_words"),
    "pandas_index": _roles("area", "price", "pandas_index"),
    "leak": _roles("area", "price", "leak", inputs=["area"]),
    "tiny": _roles("flats", "price", "tiny"),
    "quoted": _roles("note size", "buys", "quoted"),
    "missing_target": _roles("area", "price", "missing_target", missing=["NA"]),
    "comments": _roles("area", "price", "comments", comment="#"),
    "latin": _roles("Größe Straße", "Preis", "latin", encoding="cp1252"),
}


def test_a_column_that_tells_nothing_is_better_than_none(proposed: Propose) -> None:
    text, experiment = proposed(flats=[1, 2, 3, 4], price=[10, 20, 30, 40])
    assert experiment.inputs[0].columns == ("flats",)
    assert "Left out" not in text


@pytest.mark.parametrize(
    ("target", "loss", "units"),
    [
        (WILD, "binary_crossentropy", 1),
        ([i % 2 for i in CODE], "binary_crossentropy", 1),
        (PLACE, "sparse_categorical_crossentropy", 3),
        (GRADE, "sparse_categorical_crossentropy", 4),
        (SIZE, "mse", 1),
        ([i % 25 for i in CODE], "mse", 1),
        ([i % 4 + 1 for i in CODE], "mse", 1),
    ],
)
def test_words_and_few_labels_make_a_classification_and_other_numbers_a_regression(
    target: list[Any], loss: str, units: int, proposed: Propose
) -> None:
    text, experiment = proposed(size=SIZE, target=target)
    assert (experiment.outputs[0].loss.name, experiment.layers[-1].component.arguments["units"]) == (loss, units)
    assert (experiment.data.scale_targets == "standard") == (loss == "mse")
    assert text.startswith("# A regression" if loss == "mse" else "# A classification")


def test_inputs_are_scaled_unless_all_lie_between_minus_one_and_one(proposed: Propose) -> None:
    assert proposed(size=SIZE, share=SHARE, kind=WILD)[1].data.scale == "standard"
    assert proposed(share=SHARE, place=PLACE, kind=WILD)[1].data.scale == "none"


def test_few_rows_are_not_split(proposed: Propose) -> None:
    few = proposed(size=SIZE[:19], share=SHARE[:19])
    assert few[1].data.validation_split == 0
    assert "All of these few rows are training samples" in few[0]
    assert "#   - loss < 1" in few[0]
    assert proposed(size=SIZE[:20], share=SHARE[:20])[1].data.validation_split == 0.2


@pytest.mark.parametrize(
    ("rows", "units", "batch", "epochs"),
    [(40, [8], 16, 200), (400, [16, 16], 16, 200), (4_000, [32, 32], 32, 40), (40_000, [64, 64], 128, 10)],
)
def test_network_and_training_grow_with_the_rows(
    rows: int, units: list[int], batch: int, epochs: int, proposed: Propose
) -> None:
    values = [SIZE[i % ROWS] for i in range(rows + 1)]
    experiment = proposed(a=values[1:], b=values[:-1])[1]
    hidden = [layer.component.arguments["units"] for layer in experiment.layers[:-1]]
    assert (hidden, experiment.batch_size, experiment.epochs) == (units, batch, epochs)


def test_another_delimiter_is_found_and_written(proposed: Propose) -> None:
    text, experiment = proposed("\t", size=SIZE, kind=WILD)
    assert experiment.data.generator.arguments["delimiter"] == "\t"
    assert columns_in(text)["delimiter"] == "\t"


def test_the_path_is_relative_to_the_folder_of_the_experiment_even_through_links(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "er")
    file = tmp_path / "data" / "rows.csv"
    file.write_text("a,b\n1,2\n2,3\n")
    for folder in (tmp_path, tmp_path / "data", tmp_path / "link"):
        (folder / "it.yaml").write_text(propose(file, folder, COMMAND))
        arguments = load_experiment(folder / "it.yaml", files=DataFiles([tmp_path])).data.generator.arguments
        assert Path(arguments["path"]).samefile(file)
    assert columns_in((tmp_path / "link" / "it.yaml").read_text())["path"] == "../../data/rows.csv"


def test_many_columns_are_named_in_part(proposed: Propose) -> None:
    text, _ = proposed(**{f"c{i}": CODE for i in range(40)}, size=SIZE, kind=WILD)
    assert '"c11" (different in every row) and 28 more.' in " ".join(text.split()).replace("# ", "")


def error_of(text: str, folder: Path) -> list[str]:
    (folder / "rows.csv").write_text(text)
    with pytest.raises(ExperimentError, match=r"\S") as caught:
        propose(folder / "rows.csv", folder, COMMAND)
    return [problem.message for problem in caught.value.problems]


SIGNS = "has numbers with signs around or within them. The first"


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("", ["The file rows.csv is empty."]),
        ("a,a\n1,2\n", ['The column "a" is repeated in the header of rows.csv.']),
        ("a,b\n", ["The file rows.csv has a header and no rows."]),
        ("a,b\n1,2,3\n", ["A row must have 2 cells, as many as the header. Received: 3 in line 2 of rows.csv"]),
        ("a,b\n1,\n2,\n", ['No column is left to learn "a" from: every row has a value of its own, or none, in "b".']),
        ("a\n1\n2\n", ["A CSV file has two columns or more. Received: a"]),
        ('a,b\n1,2\n"1,5",x\n', ['The column "a" has numbers with a comma. The first, in line 3, is "1,5".']),
        ("a,b\n5%,1\n7%,2\n9%,3\n7%,1\n0.5,2\n", [f'The column "a" {SIGNS}, in line 2, is "5%".']),
        ("a,b\n1,5\n2,6\n1e39,7\n", ['Line 4 has no finite number in the column "a". Received: "1e39"']),
        (",b\n0,1\n", ["A file of rows has two columns with a name or more. Received: b"]),
    ],
)
def test_what_cannot_be_learned_from_is_told_as_the_generator_would(
    text: str, messages: list[str], tmp_path: Path
) -> None:
    assert error_of(text, tmp_path) == messages


MONTHS = "month,sales\n" + "".join(f"{2001 + i // 12}-{1 + i % 12:02d},{i / 7}\n" for i in CODE)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        (MONTHS, r"write data: {split: {order: month}, window: {length: 12, inputs: \[sales\]}}$"),
        (MONTHS.replace("-", " "), "To learn a series, add columns with its earlier values.$"),
        (
            "kind,words\n" + "".join(f"{kind},words {i}\n" for i, kind in enumerate(WILD)),
            "read them with the generator text: {path: …, column: words, target: kind}$",
        ),
    ],
)
def test_how_to_learn_a_series_or_texts_is_said_where_it_works(text: str, remedy: str, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(text)
    with pytest.raises(ExperimentError, match=remedy):
        propose(tmp_path / "rows.csv", tmp_path, COMMAND)


def test_more_columns_than_an_experiment_file_can_name_are_told(tmp_path: Path) -> None:
    names = ",".join(["id", *(f"a {'very ' * 40}long name of the column {i}" for i in range(299))])
    rows = "".join(f"{row}{f',{row / 7}' * 299}\n" for row in range(4))
    (message,) = error_of(f"{names}\n{rows}", tmp_path)
    assert message == "rows.csv has too many columns for an experiment file of 64 KiB."
