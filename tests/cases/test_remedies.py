"""Each remedy, as it stands in a message, leads to an experiment that checks, or to none where there is none."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from nnrun.cli.main import run

NETWORK = "layers: [Dense: {units: 1}]\nloss: mse\noptimizer: sgd\nepochs: 2\n"
GAPS = "a,city,y\n" + "".join(
    f"{i if i % 5 else ''},{'Rome' if i % 3 else ''},{i / 2 if i % 7 else ''}\n" for i in range(40)
)


def said_by_check(folder: Path, capsys: pytest.CaptureFixture[str], rows: str, data: str, status: int) -> str:
    (folder / "rows.csv").write_text(rows, encoding="utf-8")
    (folder / "exp.yaml").write_text(f"data: {data}\n{NETWORK}", encoding="utf-8")
    assert run(["check", str(folder / "exp.yaml")]) == status
    return capsys.readouterr().err


def test_what_becomes_of_missing_cells_is_said_as_the_message_has_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = said_by_check(tmp_path, capsys, GAPS, "{generator: {csv: {path: rows.csv}}}", 2)
    columns = re.findall(r"data: {prepare: {columns: {(.*)}}}$", said, re.MULTILINE)
    assert columns == ["a: {missing: mean}", "city: {missing: indicator}", "y: {missing: drop}"]
    data = f"{{generator: {{csv: {{path: rows.csv}}}}, prepare: {{columns: {{{', '.join(columns)}}}}}}}"
    assert said_by_check(tmp_path, capsys, GAPS, data, 0) == ""


@pytest.mark.parametrize(("name", "policy"), [("x", "mean"), ("y", "drop")])
def test_what_becomes_of_missing_numbers_of_an_array_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, policy: str
) -> None:
    arrays = {"x": np.arange(6.0), "y": np.arange(6.0) / 2} | {name: np.array([1, np.nan, 3, 4, 5, 6])}
    np.savez(tmp_path / "rows.npz", **arrays)
    path = tmp_path / "exp.yaml"
    path.write_text(f"data: {{generator: {{npz: {{path: rows.npz}}}}}}\n{NETWORK}")
    assert run(["data", str(path)]) == 2
    said = capsys.readouterr().err
    assert "Received: nan in row 2" in said
    setting = f"prepare: {{columns: {{{name}: {{missing: {policy}}}}}}}"
    assert f"data: {{{setting}}}" in said
    path.write_text(f"data: {{generator: {{npz: {{path: rows.npz}}}}, {setting}}}\n{NETWORK}")
    assert run(["data", str(path)]) == 0


def test_a_row_without_a_weight_is_filled_or_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "a,w,y\n1,1,2\n2,,3\n3,1,4\n"
    said = said_by_check(tmp_path, capsys, rows, "{generator: {csv: {path: rows.csv, sample_weight: w}}}", 2)
    assert said.splitlines()[-1].strip() == "Fill those cells, or remove those lines."


@pytest.mark.parametrize(
    ("rows", "offers"),
    [
        ("a;y\n1,5;1\n2,5;2\n3,5;3\n", True),
        ("a;y\n1,5;1.5\n2,5;2.5\n3,5;3.5\n", False),  # of two columns one has points
        ("a;y\n1,5;1\n2.5;2\n3,5;3\n4;4\n", False),  # and here both are in one column
    ],
)
def test_decimal_commas_are_offered_where_no_number_has_a_point(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, rows: str, offers: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    generator = '{csv: {path: rows.csv, delimiter: ";"%s}}'
    said = said_by_check(tmp_path, capsys, rows, f"{{generator: {generator % ''}}}", 2)
    assert "numbers with a comma" in said
    assert ('add to the arguments: decimal: ","' in said) == offers
    with_commas = generator % ', decimal: ","'
    said_by_check(tmp_path, capsys, rows, f"{{generator: {with_commas}}}", 0 if offers else 2)
    (tmp_path / "new.csv").write_text(rows)
    assert run(["new", str(tmp_path / "new.csv")]) == (0 if offers else 2)
    assert ('decimal: ","' in capsys.readouterr().err) is False


def test_the_loss_of_one_output_is_not_changed_for_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "a,p,q\n" + "".join(f"{i},{i / 2},{'xyz'[i % 3]}\n" for i in range(12))
    (tmp_path / "rows.csv").write_text(rows)
    network = (
        "data: {generator: {csv: {path: rows.csv, target: [p, q]}}}\n"
        "layers:\n  - Dense: {name: h, units: 4}\n  - Dense: {name: p, units: 1, inputs: h}\n"
        "  - Dense: {name: q, units: 3, activation: softmax, inputs: h}\noptimizer: sgd\nepochs: 2\n"
    )
    path = tmp_path / "exp.yaml"
    path.write_text(f"{network}outputs: [p, q]\nloss: mse\n")
    assert run(["check", str(path)]) == 2
    said = capsys.readouterr().err
    assert "loss: sparse_categorical_crossentropy. Its own loss stands in outputs: {q: {loss: …}}" in said
    path.write_text(f"{network}outputs: {{p: {{loss: mse}}, q: {{loss: sparse_categorical_crossentropy}}}}\n")
    assert run(["check", str(path)]) == 0
