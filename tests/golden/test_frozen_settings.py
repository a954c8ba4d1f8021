"""A golden file is stale when the experiment has changed, and says in what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from golden_files import drawn_golden
from msgspec.structs import replace
from run_folder import BILINEAR

from nnrun.golden.frozen_settings import deciding_settings, read_settings, stale_reasons
from nnrun.golden.golden_file import GoldenFile


@pytest.fixture
def file(experiment_file: Callable[..., Path]) -> Path:
    return experiment_file(BILINEAR)


def frozen(file: Path, **files: str) -> GoldenFile:
    settings = deciding_settings(read_settings(file))
    return replace(drawn_golden(), settings=settings.flat, settings_sha256=settings.sha256, data_files=files)


def reasons(golden: GoldenFile, file: Path, *overrides: str, **files: str) -> list[str]:
    return stale_reasons(golden, deciding_settings(read_settings(file, overrides)), files)


def test_the_same_experiment_is_not_stale(file: Path) -> None:
    assert reasons(frozen(file), file) == []


@pytest.mark.parametrize(
    "override", ["seed=7", "name=other", "expect=[loss < 1]", "predict=[0]", "sweep.repeat=3", "optimizer=SGD"]
)
def test_neither_is_one_with_another_seed_or_other_things_that_change_no_training(file: Path, override: str) -> None:
    assert reasons(frozen(file), file, override) == []


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ("epochs=300", "epochs was 400 and is 300"),
        ("optimizer={SGD: {learning_rate: 0.1}}", "optimizer.learning_rate was missing and is 0.1"),
        ("layers.0.units=2", "layers.0.units was 1 and is 2"),
        ("batch_size=8", "batch_size was missing and is 8"),
        ("data.generator.function.samples=60", "data.generator.samples was 50 and is 60"),
    ],
)
def test_a_changed_setting_is_named_with_both_values(file: Path, override: str, reason: str) -> None:
    assert reason in reasons(frozen(file), file, override)


def test_changed_rows_are_noticed_although_they_are_not_listed(experiment_file: Callable[..., Path]) -> None:
    rows = [[i, 2 * i] for i in range(20)]
    text = "data: {{generator: {{table: {{columns: [x, y], target: y, rows: {}}}}}}}\nepochs: 1\n"
    golden = frozen(experiment_file(text.format(rows)))
    changed = experiment_file(text.format([[0, 1], *rows[1:]]))
    assert reasons(golden, changed) == ["a long list of its settings has changed"]


def test_a_data_file_with_another_content_makes_it_stale(file: Path) -> None:
    golden = frozen(file, **{"rows.csv": "a" * 64})
    assert reasons(golden, file, **{"rows.csv": "a" * 64}) == []
    assert reasons(golden, file, **{"rows.csv": "b" * 64}) == ["rows.csv has changed"]
