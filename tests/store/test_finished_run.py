"""A completed run stands for a training now where all that decides its result is the same, and only there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from run_folder import BILINEAR
from stored_runs import add_run

from nnrun.errors import ExperimentError
from nnrun.load import load_experiment
from nnrun.runs.identity import Identity
from nnrun.runs.record import SettingChange, experiment_facts, read_record, write_record
from nnrun.store.finished_run import find_finished_run

VERSIONS = {"nnrun": "0.2.0", "keras": "3.15.1", "scikit-learn": "1.8"}
NOW = Identity(versions=VERSIONS, device="cpu", threads=2, environment={})
CSV = """
name: flowers
data: {generator: {csv: {path: data.csv, inputs: [x], target: y}}}
layers: [{Dense: {units: 1}}]
optimizer: sgd
loss: mse
epochs: 3
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bilinear.yaml"
    path.write_text(BILINEAR)
    return path


@pytest.fixture
def train(tmp_path: Path) -> Callable[..., Path]:
    """Makes the folder of a completed run of an experiment file, in place of a training."""

    def make(file: Path, name: str = "20261123-142233-bilinear", minute: int = 0, **facts: Any) -> Path:
        folder = add_run(tmp_path / "runs", name, minute=minute)
        decided = {"versions": VERSIONS, "device": "cpu", "threads": 2, "environment": {}, "data_sha256": "ab"}
        known = experiment_facts(load_experiment(file))
        write_record(folder, replace(read_record(folder), **{**known, **decided, **facts}))
        for artifact in ("model.keras", "weights.npz"):
            (folder / artifact).touch()
        return folder

    return make


def found(file: Path, now: Identity = NOW, *overrides: str) -> Path | None:
    run = find_finished_run(load_experiment(file, overrides), now, file.parent / "runs")
    return run and run.folder


def test_a_run_of_the_same_experiment_is_found_and_of_several_the_newest(
    file: Path, train: Callable[..., Path]
) -> None:
    assert found(file) is None
    train(file)
    newest = train(file, "20261123-142433-bilinear", minute=2)
    train(file, "20261123-142333-bilinear", minute=1)
    for _ in ("read", "indexed"):
        assert found(file) == newest


def test_comments_and_the_place_of_the_file_do_not_matter(file: Path, train: Callable[..., Path]) -> None:
    folder = train(file)
    file.write_text(f"# The same.\n{BILINEAR}")
    assert found(file) == folder


@pytest.mark.parametrize("change", ["epochs=401", "seed=1", "optimizer.learning_rate=0.5", "predict=[[0.5]]", "name=b"])
def test_another_experiment_is_not_found(file: Path, train: Callable[..., Path], change: str) -> None:
    train(file)
    assert found(file, NOW, change) is None


@pytest.mark.parametrize(
    "now",
    [
        replace(NOW, versions=VERSIONS | {"keras": "3.16.0"}),
        replace(NOW, versions=VERSIONS | {"scikit-learn": "1.9"}),
        replace(NOW, threads=1),
        replace(NOW, device="gpu:0"),
        replace(NOW, environment={"XLA_FLAGS": "--xla_cpu_enable_fast_math=true"}),
    ],
)
def test_what_else_decides_a_result_counts(file: Path, train: Callable[..., Path], now: Identity) -> None:
    train(file)
    assert found(file, now) is None


def test_a_device_that_is_not_known_yet_and_another_processor_do_not_count(
    file: Path, train: Callable[..., Path]
) -> None:
    folder = train(file, processor="AMD EPYC")
    assert found(file, replace(NOW, device=None, processor="Intel Xeon")) == folder


@pytest.mark.parametrize(
    "facts",
    [
        *({"status": status} for status in ("running", "failed", "interrupted", "pruned")),
        {"forced": ("The number of threads was 2 when the run stopped and is 1 now.",)},
        {"changes": (SettingChange("optimizer.learning_rate", 0.1, 20),)},
        {"settings_sha256": None},
    ],
)
def test_a_run_without_the_result_of_an_uninterrupted_one_is_not_found(
    file: Path, train: Callable[..., Path], facts: dict[str, Any]
) -> None:
    train(file, **facts)
    assert found(file) is None


@pytest.mark.parametrize("name", ["model.keras", "weights.npz", "run.json"])
def test_a_run_that_has_lost_its_files_is_not_found(file: Path, train: Callable[..., Path], name: str) -> None:
    folder = train(file)
    assert found(file) == folder
    (folder / name).unlink()
    assert found(file) is None


def test_a_data_file_counts_by_its_content(tmp_path: Path, train: Callable[..., Path]) -> None:
    file, data = tmp_path / "flowers.yaml", tmp_path / "data.csv"
    file.write_text(CSV)
    data.write_text("x,y\n1,2\n2,4\n")
    folder = train(file)
    assert found(file) == folder
    data.write_text("x,y\n1,2\n2,5\n")
    assert found(file) is None
    (tmp_path / "moved").mkdir()
    data.write_text("x,y\n1,2\n2,4\n")
    for path in (file, data):
        path.rename(tmp_path / "moved" / path.name)
    moved = load_experiment(tmp_path / "moved" / "flowers.yaml")
    run = find_finished_run(moved, NOW, tmp_path / "runs")
    assert run is not None
    assert run.folder == folder


@pytest.mark.parametrize(("expectation", "met"), [("loss <= 0.02", True), ("loss <= 0.001", False)])
def test_the_present_expectations_are_judged(
    file: Path, train: Callable[..., Path], expectation: str, met: bool
) -> None:
    train(file, final_metrics={"loss": 0.004})
    run = find_finished_run(load_experiment(file, [f"expect=[{expectation}]"]), NOW, file.parent / "runs")
    assert run is not None
    (verdict,) = run.record.expectations
    assert (verdict.value, verdict.met) == (0.004, met)
    assert (verdict.since is not None) == met


def test_an_expectation_of_a_metric_that_no_training_measures_is_refused(
    file: Path, train: Callable[..., Path]
) -> None:
    train(file, final_metrics={"acc": 1.0})
    with pytest.raises(ExperimentError, match="Unknown metric"):
        found(file, NOW, "expect=[loss <= 1]")


_MANY = """
import sys
from pathlib import Path
from nnrun.load import load_experiment
from nnrun.store.finished_run import find_finished_run
from nnrun.runs.identity import Identity
runs = Path(sys.argv[2])
for i in range(10):
    (runs / ".index.sqlite").unlink(missing_ok=True) if i % 3 == 0 else None
    assert find_finished_run(load_experiment(Path(sys.argv[1])), Identity(), runs)
"""


def test_several_processes_look_at_once(file: Path, train: Callable[..., Path]) -> None:
    for i in range(5):
        train(file, f"20261123-142{i}33-bilinear", minute=i)
    command = [sys.executable, "-c", _MANY, str(file), str(file.parent / "runs")]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate()[1] for process in processes] == [""] * 4
