"""What a data file holds is used for what it is, or refused with its line, its cell and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from busy import busy_seconds

from nnrun.cli.main import run
from nnrun.errors import ExperimentError
from nnrun.experiment.experiment import Experiment
from nnrun.load import load_experiment
from nnrun.templates.template import default_file, text_of

CASES = Path(__file__).parent
VALUES = "layers: [{Dense: {units: 1}}]\nloss: mse\n"


def refusal(name: str) -> str:
    with pytest.raises(ExperimentError) as caught:
        load_experiment(CASES / name / "exp.yaml")
    return str(caught.value)


@pytest.fixture
def load(tmp_path: Path):
    """Loads an experiment over a CSV text."""

    def loaded(text: str, network: str = VALUES, arguments: str = "") -> Experiment:
        (tmp_path / "data.csv").write_text(text, encoding="utf-8")
        experiment = tmp_path / "exp.yaml"
        generator = f"data: {{generator: {{csv: {{path: data.csv{arguments}}}}}}}\n"
        experiment.write_text(f"{generator}{network}optimizer: sgd\nepochs: 1\n", encoding="utf-8")
        return load_experiment(experiment)

    return loaded


@pytest.mark.parametrize("name", ["headerless_with_label", "headerless_repeated"])
def test_a_first_line_of_cells_is_refused(name: str) -> None:
    message = refusal(name)
    assert "The first line of data.csv must name the columns. Received: " in message
    assert "put a line with a name for every column above it" in message
    assert "repeated in the header" not in message


@pytest.mark.parametrize(
    "text",
    [
        "5,3,red\n4,2,blue\n6,1,red\n",
        "-1,x,y\n2,x,z\n",
        "yes,12.5,0\nno,3,1\n",
        "p,x,s\ne,b,s\np,f,t\n",
        "north,a\nsouth,b\nwest,a\n",
        "1,1,0\n2,0,1\n",
    ],
)
def test_cells_in_the_first_line_are_no_names(load, text: str) -> None:
    with pytest.raises(ExperimentError, match=r"must name the columns\. .*(\n.*)*put a line with a name"):
        load(text, "layers: [{Dense: {units: 1, activation: sigmoid}}]\nloss: binary_crossentropy\n")


@pytest.mark.parametrize(
    "header", ["0,1,y", "1,2,y", "y,0,1", "1990,1991,y", "2010,2020,y", "0,10,20", "410.5,411.0,411.5", "Q1,2a,y"]
)
def test_names_that_count_or_measure_are_names(load, header: str) -> None:
    experiment = load(f"{header}\n3,5,6\n4,2,7\n0,1,9\n")
    columns = experiment.columns
    assert [column.name for column in (*columns.inputs, *columns.targets)] == header.split(",")


def test_many_numbers_that_fall_are_names(load) -> None:
    names = [f"{1000 - i**1.5:.2f}" for i in range(12)]
    assert len(load(f"{','.join(names)}\n{','.join(['1'] * 12)}\n").columns.inputs) == 11


def test_a_decimal_comma_is_refused_in_every_column() -> None:
    message = refusal("decimal_comma")
    assert 'The column "wind" has numbers with a comma. The first, in line 2, is "3,5".' in message
    assert 'The column "power" has numbers with a comma. The first, in line 2, is "10,5".' in message
    assert "Write numbers with a decimal point" in message


@pytest.mark.parametrize("cell", ["1,234", "1.234,5", "-0,5"])
def test_a_comma_in_a_number_is_refused_beside_plain_numbers(load, cell: str) -> None:
    with pytest.raises(ExperimentError, match=r"numbers with a comma\. The first, in line 3, is"):
        load(f'x,y\n1,2\n"{cell}",3\n2,4\n')


def test_a_stray_cell_among_numbers_is_refused() -> None:
    message = refusal("numbers_with_a_stray")
    assert 'The column "weight" has numbers in 11 of 12 rows. Line 13 has no number in it. Received: "37 kg"' in message


@pytest.mark.parametrize(
    ("cells", "line", "stray"),
    [
        (["1.5", "2.5", "1.5", "unknown", "2.5"], 5, "unknown"),
        (["1", "2", "3", "4", "5", "6O", "7"], 7, "6O"),
        ([*map(str, range(2000)), "$5"], 2002, "$5"),
        (["0.1", "0.2", "n/a", "0.3", "0.4", "0.1", "0.2", "low", "0.1", "0.2"], 4, "n/a"),
    ],
)
@pytest.mark.parametrize("target", ["a", "b"])
def test_a_column_of_nearly_all_numbers_is_no_text(load, cells: list[str], line: int, stray: str, target: str) -> None:
    with pytest.raises(ExperimentError) as caught:
        load("a,b\n" + "".join(f"{cell},{i % 7}\n" for i, cell in enumerate(cells)), arguments=f", target: {target}")
    assert f'Line {line} has no number in it. Received: "{stray}"' in str(caught.value)


@pytest.mark.parametrize("cells", [["4", "6", "8", "4", "6", "8", "8", "8", "rotary"], ["1", "2", "x", "y"]])
def test_a_few_numbers_that_repeat_may_be_categories(load, cells: list[str]) -> None:
    columns = load("a,b\n" + "".join(f"{cell},{i}\n" for i, cell in enumerate(cells))).columns
    assert columns.inputs[0].categories == tuple(sorted(set(cells)))


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "poisson", "mean_absolute_percentage_error"])
@pytest.mark.parametrize("words", ["low mid high", "yes no"])
def test_texts_are_refused_under_a_loss_for_values(load, loss: str, words: str) -> None:
    text = "x,y\n" + "".join(f"{i},{word}\n" for i, word in enumerate(words.split()))
    with pytest.raises(ExperimentError, match=f"{loss} compares values"):
        load(text, f"layers: [{{Dense: {{units: 1}}}}]\nloss: {loss}\n")


def test_one_hot_vectors_of_texts_may_be_compared_as_values(tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("x,y\n1,a\n2,b\n", encoding="utf-8")
    path = tmp_path / "exp.yaml"
    data = "data: {generator: {csv: {path: data.csv}}, one_hot: true}\n"
    path.write_text(
        f"{data}layers: [{{Dense: {{units: 2}}}}]\noptimizer: sgd\nloss: mse\nepochs: 1\n", encoding="utf-8"
    )
    assert load_experiment(path).columns.classes == 2


def test_labels_outside_of_the_loss_are_refused() -> None:
    message = refusal("labels_one_two")
    assert "The target group goes from 1 to 2; binary_crossentropy takes numbers from 0 to 1." in message
    assert "Write the two classes as 0 and 1, or as texts." in message


OUTSIDE = [
    ("binary_crossentropy", (-1, 1)),
    ("binary_focal_crossentropy", (0, 1.5)),
    ("hinge", (1, 2)),
    ("squared_hinge", (-2, 1)),
    ("poisson", (-1, 5)),
    ("mean_squared_logarithmic_error", (-3, 5)),
    ("msle", (-0.5, 0)),
    ("kl_divergence", (0, 3)),
    ("dice", (-1, 1)),
    ("tversky", (0, 2)),
    ("categorical_hinge", (-1, 1)),
]
INSIDE = [
    ("binary_crossentropy", (0, 1)),
    ("binary_crossentropy", (0.1, 0.9)),
    ("hinge", (-1, 1)),
    ("squared_hinge", (0, 1)),
    ("poisson", (0, 70)),
    ("msle", (0, 1e6)),
    ("mse", (-5, 5)),
    ("log_cosh", (-5, 5)),
]


def network(loss: str, units: int) -> str:
    return f"layers: [{{Dense: {{units: {units}, activation: sigmoid}}}}]\nloss: {loss}\n"


@pytest.mark.parametrize(("loss", "labels"), OUTSIDE)
def test_every_loss_with_a_domain_refuses_targets_outside_of_it(load, loss: str, labels: tuple[float, float]) -> None:
    low, high = labels
    two = f"x,y,z\n1,{low},{high}\n2,{high},{low}\n"
    with pytest.raises(ExperimentError, match=f"goes from {low:g} to {high:g}; {loss} takes numbers from"):
        load(two, network(loss, 2), ", target: [y, z]")


@pytest.mark.parametrize(("loss", "labels"), INSIDE)
def test_targets_within_the_domain_of_their_loss_pass(load, loss: str, labels: tuple[float, float]) -> None:
    low, high = labels
    assert load(f"x,y\n1,{low}\n2,{high}\n3,{low}\n", network(loss, 1)).columns.samples == 3


@pytest.mark.keras
@pytest.mark.parametrize(("target", "loss"), [("2 * (x > 0.5) - 1", "binary_crossentropy"), ("x - 5", "poisson")])
def test_a_function_outside_of_the_loss_is_refused_before_training(
    target: str, loss: str, experiment_file, tmp_path: Path, capsys
) -> None:
    text = f'data: {{generator: {{function: {{samples: 20, x: "uniform(0, 1)", y: "{target}"}}}}}}\n'
    path = experiment_file(f"{text}{network(loss, 1)}optimizer: sgd\nepochs: 1\n")
    assert run(["train", str(path), "--runs-dir", str(tmp_path / "runs")]) == 2
    assert f"{loss} takes numbers from 0" in capsys.readouterr().err


def test_signs_are_classes_where_no_number_stands_beside_them() -> None:
    columns = load_experiment(CASES / "plus_minus_labels" / "exp.yaml").columns
    assert (columns.targets[0].categories, columns.classes) == (("+", "-"), 2)


@pytest.mark.parametrize("cells", ["+ - -", "- + 0", "++ + -"])
def test_a_plus_is_no_missing_number(load, cells: str) -> None:
    text = "a,b\n" + "".join(f"{cell},{i}\n" for i, cell in enumerate(cells.split()))
    assert load(text).columns.inputs[0].categories == tuple(sorted(set(cells.split())))


def test_a_minus_beside_numbers_is_a_missing_number(load) -> None:
    with pytest.raises(ExperimentError, match='Line 3 has no finite number in the column "a"'):
        load("a,b\n1,1\n-,2\n")


def test_runs_of_blanks_are_one_delimiter(load) -> None:
    assert 'If the file has another delimiter, write it: delimiter: " "' in refusal("blanks_between_cells")
    path = CASES / "blanks_between_cells" / "exp.yaml"
    assert load_experiment(path, ['data.generator.csv.delimiter=" "']).columns.samples == 2
    columns = load('a b  y\n  1   "x y" 2 \n 2 z   3\n', arguments=', delimiter: " "').columns
    assert [column.categories for column in columns.inputs] == [(), ("x y", "z")]


def new(file: Path) -> str:
    return text_of(str(file), file.parent / "new.yaml")


def test_a_date_in_every_row_is_nothing_to_learn_from(tmp_path: Path) -> None:
    with pytest.raises(ExperimentError, match='No column is left to learn "Sales" from') as caught:
        new(CASES / "date_and_value_only" / "data.csv")
    assert "columns with its earlier values" in str(caught.value)
    many = "".join(f"2001-{i},{i % 7}\n" for i in range(1500))
    (tmp_path / "many.csv").write_text(f"day,sales\n{many}", encoding="utf-8")
    with pytest.raises(ExperimentError, match="No column is left"):
        new(tmp_path / "many.csv")


@pytest.mark.parametrize("suffix", ["txt", "dat", "data"])
def test_a_file_of_any_suffix_is_read_by_new(tmp_path: Path, suffix: str) -> None:
    assert "target: y" in new(CASES / "new_from_data_suffix" / "data.txt").replace('"', "")
    file = tmp_path / f"data.{suffix}"
    file.write_text("a  b  y\n1  2  3\n2  3  5\n2  9  1\n", encoding="utf-8")
    assert 'delimiter: " "' in new(file).replace("'", '"')
    assert default_file(str(file)) == Path("data.yaml")


def test_new_refuses_a_target_with_a_stray_cell() -> None:
    with pytest.raises(ExperimentError, match=r"Line 13 has no number in it"):
        new(CASES / "numbers_with_a_stray" / "data.csv")


def test_signs_are_the_target_of_a_new_experiment() -> None:
    text = new(CASES / "plus_minus_labels" / "data.csv")
    assert "target: verdict" in text
    assert "binary_crossentropy" in text


TIPS = "bill,day,tip\n10,Sun,1\n20,Sat,2\n30,Sun,3\n"


def test_a_text_to_predict_stands_for_its_one_hot_vector(load) -> None:
    assert load_experiment(CASES / "words_to_predict" / "exp.yaml").predict == ((15, 0, 1),)
    assert load(TIPS, f"{VALUES}predict: [[15, Sat], [15, 1, 0]]\n").predict == ((15, 1, 0), (15, 1, 0))
    assert load(TIPS, f"{VALUES}predict: [Sun, Sat]\n", ", inputs: day").predict == ((0, 1), (1, 0))


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        ("[15, 1]", 'The column "day" has no text "1"'),
        (
            "[15, 1, 0, 0]",
            r"has 3 numbers \(bill, day=Sat, day=Sun\), or a number or text for each column \(bill, day\)\.",
        ),
        ("[15, Sum]", 'The column "day" has no text "Sum".\n(.*\n)*.*Did you mean "Sun"'),
        ("[x, Sun]", 'The column "bill" takes a number. Received: "x"'),
        ("[1, 2, Sun]", "has 3 numbers"),
        ("Sun", "Received: 1"),
    ],
)
def test_a_wrong_sample_to_predict_is_explained(load, sample: str, message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        load(TIPS, f"{VALUES}predict: [{sample}]\n")


def test_a_file_to_predict_is_refused_with_the_way_to_write_samples(load) -> None:
    with pytest.raises(ExperimentError, match="Write the samples themselves, a list for each"):
        load(TIPS, f"{VALUES}predict: new.csv\n")


def test_the_time_for_a_wide_file_grows_with_its_columns(load) -> None:
    width = 10_000
    text = ",".join(f"c{i}" for i in range(width)) + "\n" + f"{'1,' * (width - 1)}2\n"
    found = []
    assert busy_seconds(lambda: found.append(load(text)), bound=3) < 3
    assert len(found[0].columns.inputs) == width - 1


def test_a_message_has_at_most_forty_characters_of_a_cell(load) -> None:
    long = "x" * 500
    for text in (f"1.5,{long}\n2,3\n", f"a,b\n1,2\n2,3\n3,4\n4,5\n5,{long}\n", f"{long}\n1\n", f"{long},{long}\n1,2\n"):
        with pytest.raises(ExperimentError) as caught:
            load(text)
        assert "x" * 41 not in str(caught.value)
