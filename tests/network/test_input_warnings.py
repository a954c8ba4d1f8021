"""Columns of which little can be learned are warned of: their numbers are too near, or say which word it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.experiment import Component
from nnrun.load import load_experiment
from nnrun.network.input_warnings import find_coarse_warnings

FILE = Component("generators", "csv", {"path": "rows.csv"})


def coarse(low: float, high: float) -> list[str]:
    columns = Columns((Column("a"),), (Column("y"),), extents={"a": (low, high), "y": (0, 1)})
    return [problem.message for problem in find_coarse_warnings(columns, FILE)]


@pytest.mark.parametrize(
    ("low", "high", "count"),
    [
        (2**24, 2**24 + 3, 2),
        (1_700_000_000, 1_700_003_600, 29),
        (-101_325.9, -101_325, 116),
        (2.0**53, 2.0**53 + 2, 1),
        (1e-50, 4e-50, 1),
    ],
)
def test_numbers_that_32_bits_do_not_tell_apart_are_counted(low: float, high: float, count: int) -> None:
    (message,) = coarse(low, high)
    assert f"32 bits, which networks take, have {count} different ones there." in message


@pytest.mark.parametrize(
    ("low", "high"), [(1990, 2020), (0, 1e30), (-1e-30, 1e-30), (7, 7), (293.1, 293.2), (1.7e9, 1.7e9 + 86_400), (0, 0)]
)
def test_other_numbers_are_fine(low: float, high: float) -> None:
    assert coarse(low, high) == []


def warnings_of_texts(folder: Path, layers: str, more: str = "") -> list[tuple[str, str]]:
    (folder / "rows.csv").write_text("text,label\n" + "a good film,yes\na bad one,no\n" * 9)
    file = folder / "exp.yaml"
    generator = f"{{text: {{path: rows.csv, target: label, max_tokens: 50{more}}}}}"
    end = "{Dense: {units: 1, activation: sigmoid}}"
    file.write_text(
        f"data: {{generator: {generator}}}\nlayers: [{layers}{end}]\n"
        "loss: binary_crossentropy\noptimizer: sgd\nepochs: 1\n"
    )
    return [(problem.message, problem.hint or "") for problem in load_experiment(file).warnings]


def test_the_numbers_of_words_are_no_quantities(tmp_path: Path) -> None:
    ((message, hint),) = warnings_of_texts(tmp_path, "")
    assert message == 'The layer "dense" (Dense) takes the numbers of words for quantities.'
    before, _, argument = hint.removeprefix("Write before it: ").partition("; or add to the arguments of text: ")
    assert warnings_of_texts(tmp_path, f"{before}, ") == []
    assert warnings_of_texts(tmp_path, "", f", {argument}") == []
    assert len(warnings_of_texts(tmp_path, "LayerNormalization, ")) == 1
