"""What differs between runs, and which of them differ in the seed alone."""

from __future__ import annotations

import json
import math
import statistics
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stored_runs import add_run, seeded

from nnrun.store.collection import read_run
from nnrun.store.differences import (
    RunGroup,
    differing_paths,
    grouped_by_settings,
    metrics_of,
    same_setting,
)
from nnrun.store.stored_run import StoredRun

ADAM = ("optimizer: sgd", "optimizer: adam")


def add(folder: Path, name: str, *changed: tuple[str, str], **facts: object) -> StoredRun:
    return read_run(add_run(folder, name, *changed, **facts))


def test_the_differing_settings_are_named_also_where_only_one_run_has_them(tmp_path: Path) -> None:
    runs = [add(tmp_path, "a"), add(tmp_path, "b", ADAM, ("epochs: 400", "epochs: 9"))]
    paths = differing_paths(runs)
    assert {"optimizer", "optimizer.learning_rate", "optimizer.momentum", "optimizer.beta_1", "epochs"} <= set(paths)
    assert {"loss", "seed", "layers.0.units", "name"}.isdisjoint(paths)
    assert differing_paths(runs[:1]) == []
    assert differing_paths([runs[0], add(tmp_path, "c")]) == []


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("Adam", "adam", True),
        (1, 1.0, True),
        ([1, 2], [1.0, 2.0], True),
        (0.1, 0.2, False),
        (True, False, False),
        (None, 0, False),
        ("1", 1, False),
    ],
)
def test_names_in_another_case_and_whole_numbers_are_the_same(first: object, second: object, same: bool) -> None:
    assert same_setting(first, second) is same
    assert same_setting(second, first) is same


def test_runs_that_differ_in_the_seed_alone_are_a_group(tmp_path: Path) -> None:
    runs = [
        add(tmp_path, "a", seeded(0)),
        add(tmp_path, "b", ADAM),
        add(tmp_path, "c", seeded(1)),
        add(tmp_path, "d", seeded(2), ADAM),
    ]
    groups = grouped_by_settings(runs)
    assert [[run.name for run in group.runs] for group in groups] == [["a", "c"], ["b", "d"]]
    assert groups[0].name == "a (2 seeds)"
    assert RunGroup((runs[0],)).name == "a"


def test_runs_with_the_same_seed_repeat_each_other_and_are_no_group(tmp_path: Path) -> None:
    runs = [add(tmp_path, name, seeded(seed)) for name, seed in (("a", 0), ("b", 0), ("c", 1), ("d", 1), ("e", 2))]
    groups = grouped_by_settings(runs)
    assert [[run.name for run in group.runs] for group in groups] == [["a", "c", "e"], ["b", "d"]]


TABLE = "table: {columns: [x, y], rows: [ROWS], target: y}"


def test_runs_with_other_rows_of_data_are_no_group(tmp_path: Path) -> None:
    function = 'function: {samples: 50, x: "linspace(0, 2)", y: "maximum(0, 2 * (x - 1))"}'
    rows = [", ".join(f"[{i}, {i * factor}]" for i in range(20)) for factor in (1, 2)]
    a, b = ((function, TABLE.replace("ROWS", text)) for text in rows)
    same = [add(tmp_path, "a", a, seeded(0)), add(tmp_path, "b", a, seeded(1))]
    assert len(grouped_by_settings(same)) == 1
    assert len(grouped_by_settings([*same, add(tmp_path, "c", b, seeded(2))])) == 2


def test_runs_with_another_data_file_of_the_same_name_are_no_group(tmp_path: Path) -> None:
    runs = [add(tmp_path, "a", seeded(0)), add(tmp_path, "b", seeded(1))]
    for run, digest in zip(runs, ("ab" * 32, "cd" * 32), strict=True):
        path = run.folder / "run.json"
        files = [{"path": "/data/rows.csv", "sha256": digest}]
        path.write_text(json.dumps({**json.loads(path.read_text()), "data_files": files}))
    assert len(grouped_by_settings([read_run(run.folder) for run in runs])) == 2


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=6))
def test_a_metric_of_a_group_is_its_mean_and_standard_deviation(values: list[float]) -> None:
    spread = RunGroup(tuple(_with_loss(value) for value in values)).spread("loss")
    assert spread is not None
    assert spread.n == len(values)
    assert math.isclose(spread.mean, sum(values) / len(values), rel_tol=1e-9, abs_tol=1e-6)
    assert math.isclose(spread.deviation, statistics.stdev(values), rel_tol=1e-9, abs_tol=1e-6)


def test_what_is_not_finite_is_not_counted_and_one_run_has_no_deviation() -> None:
    group = RunGroup((_with_loss(0.5), _with_loss(None)))
    spread = group.spread("loss")
    assert spread is not None
    assert (spread.mean, spread.n) == (0.5, 1)
    assert math.isnan(spread.deviation)
    assert RunGroup((_with_loss(None),)).spread("loss") is None
    assert group.spread("accuracy") is None


def _with_loss(value: float | None) -> StoredRun:
    from run_folder import START

    from nnrun.store.stored_run import RunSummary

    return StoredRun(
        Path("run"),
        RunSummary(
            format=1, name="a", experiment_sha256="", status="completed", started=START, seed=0,
            final_metrics={"loss": value},
        ),
    )  # fmt: skip


def test_the_metrics_are_those_of_all_runs(tmp_path: Path) -> None:
    runs = [
        add(tmp_path, "a", final_metrics={"loss": 1.0, "mae": 2.0}),
        add(tmp_path, "b", final_metrics={"loss": 1.0, "val_loss": None}),
    ]
    assert metrics_of(runs) == ["loss", "mae", "val_loss"]
