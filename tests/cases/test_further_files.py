"""Further small files over the kinds of the cases, each with its right answer: used, warned of, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from nnrun.cli.main import run

TAIL = "optimizer: sgd\nepochs: 2\n"
VALUES = f"layers: [Dense: {{units: 1}}]\nloss: mse\n{TAIL}"
BINARY = f"layers: [Dense: {{units: 1, activation: sigmoid}}]\nloss: binary_crossentropy\n{TAIL}"
CLASSES = f"layers: [Dense: {{units: 3, activation: softmax}}]\nloss: sparse_categorical_crossentropy\n{TAIL}"
TWO = CLASSES.replace("units: 3", "units: 2")
SHARES = CLASSES.replace("sparse_", "")
LOGIT = BINARY.replace(", activation: sigmoid", "").replace(
    "binary_crossentropy", "{BinaryCrossentropy: {from_logits: true}}"
)
MOONS = "data: {generator: moons}\n"
UNIFORM = "uniform(0, 1)"


class Answer(NamedTuple):
    """An experiment, the rows of its file, and what `nnrun check` has to say of them.

    Args:
        experiment: the experiment file.
        rows: the content of its data file.
        words: all of them are said, in this order; as an error if there is one.
        is_error: whether they are an error, or else a warning.
        options: of the command.
    """

    experiment: str
    rows: str = ""
    words: tuple[str, ...] = ()
    is_error: bool = False
    options: tuple[str, ...] = ()


def file(network: str, rows: str, *words: str, form: str = "", kind: str = "csv", refused: bool = True) -> Answer:
    return Answer(f"data: {{generator: {{{kind}: {{path: rows{form}}}}}}}\n{network}", rows, words, refused)


def function(target: str, network: str, *words: str, more: str = "", refused: bool = False, x: str = UNIFORM) -> Answer:
    columns = f'{{samples: 60, x: "{x}", y: "{target}"}}'
    return Answer(f"data: {{generator: {{function: {columns}}}{more}}}\n{network}", "", words, refused)


def table(rows: str, *words: str) -> Answer:
    return Answer(f"data: {{generator: {{table: {{columns: [a, y], rows: {rows}}}}}}}\n{VALUES}", "", words, True)


def of(network: str, *words: str, data: str = MOONS, refused: bool = False) -> Answer:
    return Answer(data + network, "", words, refused)


def lines(header: str, *cells: object) -> str:
    return "\n".join([header, *map(str, cells), ""])


COMMAS = lines("temp;size;grade", "21,5;3;good", "19,0;4;bad", "22,25;1;good", "18,5;2;bad")
SEVERAL = ', target: [a, b, c], delimiter: ","'
LABELS = lines("x,c", *(f"{i}.5,{i % 3 + 1}" for i in range(9)))
DAYS = lines("x,day,y", "1,Mon,2", "2,Tue,3", "3,Mon,4")
PERCENT = [f"{3 * i + 1}%" for i in range(12)]

NUMBERS = {
    "decimal commas": file(
        TWO, COMMAS, 'column "temp" has numbers with a comma', "line 2", "21,5", form=', delimiter: ";"'
    ),
    "decimal commas, declared": file(TWO, COMMAS, form=', delimiter: ";", decimal: ","'),
    "decimal commas in JSON": file(
        VALUES, lines('{"a": "3,5", "y": 1}', '{"a": "4,2", "y": 2}'), 'column "a"', '"3,5"', kind="jsonl"
    ),
    "decimal commas inline": table('[["3,5", 1], ["4,25", 2], ["5,0", 4]]', 'Row 1, column "a"', "comma", '"3,5"'),
    "a stray text in JSON": file(
        VALUES,
        lines(*(f'{{"a": {i}.5, "y": {i}}}' for i in range(9)), '{"a": "12 kg", "y": 4}'),
        'column "a" has numbers in 9 of 10 rows. Line 10',
        '"12 kg"',
        kind="jsonl",
    ),
    "a stray text inline": table("[[1.5, 1], [2.5, 2], [3.5, 3], [5.5 cm, 4]]", 'Row 4, column "a"', '"5.5 cm"'),
    "a target in percent": file(VALUES, lines("x,part", *(f"{i},{p}" for i, p in enumerate(PERCENT))), "part", '"1%"'),
    "an input in percent": file(VALUES, lines("part,y", *(f"{p},{i}" for i, p in enumerate(PERCENT))), "part", '"1%"'),
    "an input in dollars": file(
        VALUES, lines("price,y", *(f"${7 * i}.50,{i}" for i in range(12))), 'column "price"', '"$0.50"'
    ),
    "an input in kilograms": file(
        VALUES, lines("mass,y", *(f"{i + 3} kg,{i}" for i in range(12))), 'column "mass"', '"3 kg"'
    ),
    "thousands with blanks": file(
        VALUES, lines("price,y", *(f"{i + 1} {83 * i + 100},{i}" for i in range(10))), 'column "price"', '"1 100"'
    ),
    "thousands with commas": file(VALUES, lines("price,y", '"1,200",1', '"2,300",2'), '"1,200"', "separators"),
    "a point among commas": file(
        VALUES,
        lines("a;y", "1,5;1", "2.5;2", "3,5;3"),
        "numbers with a point",
        '"2.5"',
        form=', delimiter: ";", decimal: ","',
    ),
    "codes with a letter": file(VALUES, lines("zip,y", *(f"0{3 * i:03d}x,{i % 3}" for i in range(9)))),
    "a few sizes that repeat": file(VALUES, lines("size,y", *(f"{i % 3}0 ml,{i}" for i in range(12)))),
    "texts with digits": file(CLASSES, lines("model,y", "A1,0", "B2,1", "A1,2", "B2,0")),
    "signs as texts": file(VALUES, lines("strand,y", "+,1", "-,2", "+,3", "-,4")),
    "a minus among numbers": file(VALUES, lines("a,y", "1.5,1", "-,2", "2.5,3"), "Line 3 has no finite number"),
    "columns filled up with blanks": file(
        VALUES, lines("  a     b    y", "  1.5   2    3", " 10.25  3    4"), form=', delimiter: " "'
    ),
    "another date in every row": file(
        VALUES,
        lines("day,y", *(f"2024-01-{i + 10},{i}" for i in range(15))),
        'The input "day" has another text in each of the 15 rows',
        "{day: number}",
        refused=False,
    ),
}
HEADERS = {
    "a text first": file(
        VALUES, "spam;3;0.5\nham;1;0.1\nspam;4;0.9\n", "must name", "columns:", form=', delimiter: ";"'
    ),
    "dates first": file(VALUES, "2024-01-01,3.5,7\n2024-01-02,4.5,8\n", "must name the columns", "columns: [x1"),
    "texts alone": file(TWO, "sunny,hot,no\nrainy,mild,yes\nsunny,mild,no\n", '"sunny" is also a cell', "line 3"),
    "numbers in every form": file(VALUES, "-0.5,1e-3,.25\n0.5,2e-3,.5\n", "must name the columns"),
    "a name twice": file(VALUES, "a,a,y\n1,2,3\n2,3,4\n", 'column "a" is repeated', "columns: [x1, x2, y]"),
    "numbers that count": file(VALUES, "0,1,2\n1,2,3\n2,3,4\n"),
    "names that are given": file(VALUES, "5.1,3.5,0\n4.9,3.0,1\n", form=", columns: [a, b, y]"),
    "names with numbers": file(VALUES, "q1,q2,q3\n1,2,3\n2,3,4\n"),
}
TARGETS = {
    "labels from 1": file(CLASSES, LABELS, "labels go from 1 to 3", "has 3 units", "Number the labels from 0."),
    "a label without a unit": file(
        TWO, LABELS.replace(",3", ",0").replace(",2", ",4"), "labels go from 0 to 4", "has 2 units", "units: 5"
    ),
    "labels that are not whole": file(CLASSES, LABELS.replace(",3", ",2.5"), "takes whole numbers", "from 1 to 2.5"),
    "-1 and 1 as probabilities": file(
        BINARY, lines("x,c", "1,-1", "2,1", "3,1"), "c goes from -1 to 1", "binary_crossentropy", "0 and 1"
    ),
    "1 and 2 for a hinge": file(
        BINARY.replace("sigmoid", "tanh").replace("binary_crossentropy", "hinge"),
        lines("x,c", "1,1", "2,2", "3,1"),
        "c goes from 1 to 2",
        "hinge takes numbers from -1 to 1",
    ),
    "0 and 1 for a hinge": file(
        BINARY.replace("sigmoid", "tanh").replace("binary_crossentropy", "hinge"), lines("x,c", "1,0", "2,1", "3,1")
    ),
    "texts as values": file(VALUES, lines("x,y", "1,yes", "2,no"), "The target y has texts", "mse compares values"),
    "negative counts": file(
        VALUES.replace("mse", "poisson"), lines("x,n", "1,-2", "2,3"), "n goes from -2 to 3", "numbers from 0"
    ),
    "a percentage of 0": file(
        VALUES.replace("mse", "mape"), lines("x,y", "1,0", "2,3"), "divides by the target", "y is 0", refused=False
    ),
    "percent as probabilities": file(
        BINARY, lines("x,part", *(f"{i},{9 * i}" for i in range(11))), "part goes from 0 to 90", "from 0 to 1"
    ),
    "several labels as shares": file(
        SHARES,
        lines("x,a,b,c", "1,1,1,0", "2,0,1,0", "3,0,0,1"),
        "add up to between 1 and 2",
        "sigmoid",
        form=SEVERAL,
        refused=False,
    ),
    "shares": file(SHARES, lines("x,a,b,c", "1,0.25,0.25,0.5", "2,0,1,0"), form=SEVERAL),
    "a logarithm of negative numbers": function(
        "x - 3",
        VALUES.replace("mse", "msle").replace("units: 1", "units: 1, activation: relu"),
        "The target y is, for example, -",
        "takes numbers from 0",
        refused=True,
    ),
}
LAYERS = {
    "softmax and from_logits": of(
        "layers: [Dense: {units: 2}, Softmax]\n"
        f"loss: {{SparseCategoricalCrossentropy: {{from_logits: true}}}}\n{TAIL}",
        "takes logits",
        "(softmax)",
        "Leave from_logits or the activation out",
    ),
    "relu as a probability": of(BINARY.replace("activation: sigmoid}", "activation: relu}"), "(relu)", "sigmoid"),
    "a linear unit as a distribution": function("x", VALUES.replace("mse", "kl_divergence"), "(linear)", "softmax"),
    "targets beyond tanh": function("10 * x", VALUES.replace("units: 1", "units: 1, activation: tanh"), "-1 to 1"),
    "targets scaled for a sigmoid": function(
        "10 * x", VALUES.replace("units: 1", "units: 1, activation: sigmoid"), more=", scale_targets: minmax"
    ),
    "a schedule that ends early": of(
        BINARY.replace("epochs: 2", "epochs: 90").replace(
            "sgd",
            "{SGD: {learning_rate: {PolynomialDecay: {initial_learning_rate: 0.1, decay_steps: 9, "
            "end_learning_rate: 0}}}}",
        ),
        "PolynomialDecay is 0 from step 9 on",
    ),
}
METRICS = {
    "the accuracy of values": function("x", f"{VALUES}metrics: [accuracy]\n", "accuracy counts", "metrics: [mae]"),
    "the accuracy of scaled values": function(
        "x", f"{VALUES}metrics: [accuracy]\n", "The targets are scaled (standard)", more=", scale_targets: standard"
    ),
    "the accuracy of 0 and 1": function("x >= 0.5", f"{VALUES}metrics: [accuracy]\n"),
    "the accuracy of a logit": of(
        f"{LOGIT}metrics: [accuracy]\n", "The output is a logit", "BinaryAccuracy: {threshold: 0}"
    ),
    "the precision of a logit": of(
        f"{LOGIT}metrics: [Precision]\n", "compares the outputs with 0.5", "{thresholds: 0}"
    ),
    "the area under the curve of a logit": of(f"{LOGIT}metrics: [AUC]\n", "are logits", "{from_logits: true}"),
    "metrics that know logits": of(f"{LOGIT}metrics: [AUC: {{from_logits: true}}, Recall: {{thresholds: 0}}]\n"),
    "labels for vectors": of(
        f"{SHARES}metrics: [sparse_categorical_accuracy]\n",
        "takes class labels",
        "categorical_accuracy",
        data="data: {generator: iris, one_hot: true}\n",
    ),
    "the accuracy of each unit": of(
        f"{CLASSES}metrics: [binary_accuracy]\n", "by itself", "metrics: [accuracy]", data="data: {generator: iris}\n"
    ),
    "an F1 score of a single unit": of(f"{BINARY}metrics: [F1Score]\n", "without a threshold", "{threshold: 0.5}"),
    "balanced weights of values": function(
        "x", f"{VALUES}class_weight: balanced\n", "exp.yaml:6:15:", "not whole, so it is no class label", refused=True
    ),
    "a weight of no class": file(
        f"{TWO}class_weight: {{0: 1, 2: 3}}\n", lines("x,c", "1,a", "2,b"), "There is no class 2", "up to 1"
    ),
    "weights by name": file(
        f"{TWO}class_weight: {{good: 2}}\n",
        lines("x,c", "1,good", "2,bad"),
        "class labels 0, 1",
        'The class "good" has the label 1: write {1: …}.',
    ),
    "weights by a misspelt name": file(
        f"{TWO}class_weight: {{goood: 2}}\n", lines("x,c", "1,good", "2,bad"), '"goood"', "0 (bad), 1 (good)"
    ),
    "weights that are all 0": file(
        f"{TWO}class_weight: {{0: 0, 1: 0}}\n", lines("x,c", "1,a", "2,b"), "so nothing is learned"
    ),
    "a weight below 0": file(
        VALUES, lines("x,w,y", "1,-1,2", "2,1,3"), "number from 0. Received: -1", form=", sample_weight: w"
    ),
    "weights of two targets": file(
        BINARY.replace("units: 1", "units: 2") + "class_weight: {0: 1, 1: 3}\n",
        lines("x,a,b", "1,1,0", "2,0,1"),
        "The targets are: a, b",
        form=", target: [a, b]",
    ),
}
WORDS = {
    "a misspelt distribution": function(
        "x", VALUES, 'Unknown function "nomal"', '"normal"', x="nomal(0, 1)", refused=True
    ),
    "a misspelt choice": function("x", VALUES, 'Unknown function "choise"', '"choice"', x="choise(0, 1)", refused=True),
    "an unknown text to predict": file(
        f"{VALUES}predict: [[3, Mno]]\n", lines("x,day,y", "1,Mon,2", "2,Tue,3", "3,Mon,4"), '"Mno"', '"Mon"'
    ),
    "a number in quotes to predict": file(f"{VALUES}predict: [['3', Mon]]\n", DAYS, '"3"', "Write 3, without quotes"),
    "a decimal comma to predict": file(f"{VALUES}predict: [['3,5', Mon]]\n", DAYS, '"3,5"', "Write 3.5, without"),
    "two days at once to predict": file(
        f"{VALUES}predict: [[3, 1, 1]]\n", DAYS, '"day" takes one of its texts, or a 1 for it', "Mon, Tue"
    ),
    "a day as numbers to predict": file(f"{VALUES}predict: [[3, 0, 1], [3, Tue]]\n", DAYS),
    "a batch of billions": of(f"{BINARY}batch_size: 5000000000\n", "at most 2147483647", refused=True),
    "a misspelt argument in an option": Answer(
        f"{MOONS}{BINARY}callbacks: [EarlyStopping: {{monitor: loss}}]\n",
        "",
        ("--set callbacks.0.patiense=3", 'Did you mean "patience"'),
        True,
        ("--set", "callbacks.0.patiense=3"),
    ),
    "many mistakes": Answer(
        "name: my run\ndata: {generator: {moons: {sample: 9, nose: 0.1}}, validation_splitt: 0.2}\n"
        "layers:\n  - Dense: {units: 16, activaton: relu}\n  - Dens: {units: 1}\n"
        "optimizer: {Adam: {learning_rate: fast}}\nloss: binary_crossentropie\nmetrics: [acuracy]\nepochs: -3\n"
        "batch_size: many\ncallbacks: [EarlyStoping]\nexpect: ['val_acc >']\nsweep: {grid: {batch_siz: [1, 2]}}\n",
        "",
        (
            "my run",
            '"sample"',
            '"nose"',
            "validation_splitt",
            "activaton",
            '"Dens"',
            "fast",
            "binary_crossentropie",
            "acuracy",
            "-3",
            "many",
            "EarlyStoping",
            "val_acc",
            "batch_siz",
        ),
        True,
    ),
}
ALL = {**NUMBERS, **HEADERS, **TARGETS, **LAYERS, **METRICS, **WORDS}


@pytest.mark.parametrize("name", ALL)
def test_a_file_has_its_right_answer(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = ALL[name]
    path = tmp_path / "exp.yaml"
    path.write_text(answer.experiment, encoding="utf-8")
    (tmp_path / "rows").write_text(answer.rows, encoding="utf-8")
    assert run(["check", str(path), *answer.options]) == (2 if answer.is_error and answer.words else 0)
    said = capsys.readouterr().err
    place = -1
    for word in answer.words:
        place = said.find(word, place + 1)
        assert place >= 0, word
    assert answer.words or "warning" not in said


@pytest.mark.keras
def test_vectors_that_are_no_shares_are_warned_of_before_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "rows.npz", x=np.eye(4, dtype="float32"), y=np.tri(4, 3, dtype="float32"))
    path = tmp_path / "exp.yaml"
    path.write_text(f"data: {{generator: {{npz: {{path: rows.npz}}}}}}\n{SHARES}")
    assert run(["train", str(path), "--runs-dir", str(tmp_path), "--no-plots", "--no-report"]) == 0
    assert "The targets (y) of a sample add up to between 1 and 3." in capsys.readouterr().err


@pytest.mark.keras
def test_the_targets_of_a_held_out_set_are_held_to_the_loss_as_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = f'{{samples: 60, x: "{UNIFORM}", y: "where(x > 0.5, 1, 0)"}}'
    data = f"generator: {{function: {columns}}}, validation: {{function: {columns.replace('1, 0', '2, 0')}}}"
    path = tmp_path / "exp.yaml"
    path.write_text(f"data: {{{data}}}\n{BINARY}")
    assert run(["train", str(path), "--runs-dir", str(tmp_path), "--no-plots", "--no-report"]) == 2
    assert "The target y goes from 0 to 2; binary_crossentropy takes numbers from 0 to 1." in capsys.readouterr().err
