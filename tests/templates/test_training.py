"""Every template, and an experiment proposed for every kind of CSV file, trains to what it expects."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from made_csv_files import MADE

from nnrun.run import train_file
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs.completed_run import CompletedRun
from nnrun.templates.from_data_file import propose
from nnrun.templates.template import TEMPLATES, text_of

pytestmark = pytest.mark.keras


def run_of(text: str, folder: Path) -> CompletedRun:
    (folder / "it.yaml").write_text(text, encoding="utf-8")
    options = RunOptions(folder / "keras", plotted=False, reported=False)
    return train_file(folder / "it.yaml", options, RunListener(), runs_dir=folder / "runs")


def meets_what_it_expects(run: CompletedRun) -> bool:
    return bool(run.record.expectations) and all(verdict.met for verdict in run.record.expectations)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_meets_what_it_expects(name: str, tmp_path: Path) -> None:
    assert meets_what_it_expects(run_of(text_of(name, tmp_path / "it.yaml"), tmp_path))


@pytest.mark.parametrize("name", ["titanic", "series", "cars"])
def test_what_is_proposed_for_a_file_as_people_have_it_trains(name: str, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(MADE[name])
    text = propose(tmp_path / "rows.csv", tmp_path, "# it")
    assert run_of(re.sub(r"epochs: \d+", "epochs: 3", text), tmp_path).record.status == "completed"


PLACES = ("garden", "meadow", "woods")
TARGETS: dict[str, Callable[[float, str], object]] = {
    "regression": lambda size, place: 1000 * size + 500 * PLACES.index(place),
    "two words": lambda size, place: "large" if size > 5 else "small",
    "three words": lambda size, place: "large" if size > 5 else place,
    "labels": lambda size, place: int(size // 2.5),
}


@pytest.mark.parametrize("kind", TARGETS)
def test_what_is_proposed_for_a_csv_file_learns_from_it(kind: str, tmp_path: Path) -> None:
    rng = random.Random(0)
    rows = [(rng.uniform(0, 10), rng.choice(PLACES)) for _ in range(200)]
    lines = [f"{i},{size},{place},{TARGETS[kind](size, place)}" for i, (size, place) in enumerate(rows)]
    (tmp_path / "rows.csv").write_text("\n".join(["id,size,place,what", *lines]), encoding="utf-8")
    text = propose(tmp_path / "rows.csv", tmp_path, "# it")
    assert '"id" (different in every row)' in text
    weak = "#   - val_loss < 1" if kind == "regression" else "#   - val_accuracy > "
    assert weak in text
    expecting = text.replace("# expect:", "expect:").replace("#   - ", "  - ")
    run = run_of(expecting, tmp_path)
    assert meets_what_it_expects(run)
    final = run.record.final_metrics
    learned = final["val_loss"] < 0.05 if kind == "regression" else final["val_accuracy"] > 0.85
    assert learned, final
