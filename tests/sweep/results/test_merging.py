"""Shards trained apart and merged: the sweep that was never divided, or a refusal that says what is wrong."""

import csv
import errno
import hashlib
import itertools
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import quote

import msgspec
import pytest
from stopping import Stopping, remove_untold_trials
from undrawn import undrawn

from experiments import EXPERIMENTS
from nnrun.cli.main import run
from nnrun.errors import ExperimentError, Interrupted, StorageError
from nnrun.runs.arrays import read_arrays
from nnrun.runs.bitwise import different_arrays
from nnrun.runs.lock import occupied
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep, request_sweep
from nnrun.sweep.plan.shard import Shard
from nnrun.sweep.results import merging
from nnrun.sweep.results.merging import merge_shards
from nnrun.sweep.sweep import SweepOptions, resume_sweep, run_sweep
from nnrun.sweep.sweep_end import Sweep
from nnrun.sweep.sweep_record import read_sweep_record, write_sweep

pytestmark = pytest.mark.keras

GRIDS = ("optimizer.learning_rate=[0.1, 0.2]", "seed=0..2")
OVERRIDES = ("epochs=3", "engine=graph", "expect=[]", "sweep={reach: loss <= 0.26}")


def planned(*overrides: str) -> SweepPlan:
    return plan_sweep(request_sweep(EXPERIMENTS / "xor.yaml", (*OVERRIDES, *overrides), GRIDS))


def trained(plan: SweepPlan, folder: Path, listener: SweepListener | None = None, keep: str = "best") -> Sweep:
    options = SweepOptions(folder / "keras", keep=keep, command=("nnrun", "sweep"))
    return run_sweep(plan, options, listener or SweepListener(), runs_dir=folder / "runs")


@pytest.fixture(scope="module", autouse=True)
def without_pictures() -> Iterator[None]:
    with undrawn():
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    return trained(planned(), tmp_path_factory.mktemp("whole")).folder


@pytest.fixture(scope="module")
def trained_shards(tmp_path_factory) -> list[Path]:
    folder = tmp_path_factory.mktemp("shards")
    return [trained(planned().part(Shard(number, 3)), folder).folder for number in (1, 2, 3)]


@pytest.fixture
def shards(trained_shards, tmp_path) -> list[Path]:
    """Copies that a test may spoil."""
    return [shutil.copytree(shard, tmp_path / "shards" / shard.name) for shard in trained_shards]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open() as stream:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(stream)]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def change(folder: Path, **changes: object) -> None:
    write_sweep(folder, msgspec.structs.replace(read_sweep_record(folder), **changes))


def test_merged_shards_are_the_sweep_that_was_never_divided(whole, shards, tmp_path):
    before = [contents(shard) for shard in shards]
    done = merge_shards(shards[::-1], runs_dir=tmp_path / "runs")
    assert list((tmp_path / "runs").iterdir()) == [done.folder]
    assert rows(done.folder / "trials.csv") == rows(whole / "trials.csv")
    assert (done.folder / "summary.csv").read_bytes() == (whole / "summary.csv").read_bytes()
    assert contents(done.folder).keys() == contents(whole).keys()
    (best,) = done.folder.glob("trials/*/weights.npz")
    assert not different_arrays(read_arrays(best), read_arrays(whole / best.relative_to(done.folder)))
    assert [contents(shard) for shard in shards] == before
    record, undivided = (json.loads((folder / "sweep.json").read_text()) for folder in (done.folder, whole))
    for key in ("status", "trials", "counts", "columns", "reach", "grids", "overrides", "shard", "best"):
        assert record[key] == undivided[key]
    assert record["merged"] == [str(shard) for shard in shards]
    assert record["started"] == min(json.loads((shard / "sweep.json").read_text())["started"] for shard in shards)


def test_a_shard_says_which_it_is_in_its_record_and_its_name(shards):
    assert [read_sweep_record(shard).shard for shard in shards] == ["1/3", "2/3", "3/3"]
    assert [shard.name.rpartition("-")[2] for shard in shards] == ["1of3", "2of3", "3of3"]


def test_a_merged_sweep_has_nothing_to_go_on_with(shards, tmp_path):
    done = merge_shards(shards, runs_dir=tmp_path / "runs")
    again = resume_sweep(done.folder, SweepOptions(tmp_path / "keras"), Stopping(1))
    assert (again.record.status, len(again.outcomes)) == ("completed", 6)


def test_where_no_links_can_be_made_the_files_are_copied(whole, shards, tmp_path, monkeypatch):
    def link(*paths: object, **options: object) -> None:
        raise OSError(errno.EXDEV, "another disk")

    monkeypatch.setattr(os, "link", link)
    done = merge_shards(shards, runs_dir=tmp_path / "runs")
    assert rows(done.folder / "trials.csv") == rows(whole / "trials.csv")
    assert all(path.stat().st_nlink == 1 for path in done.folder.rglob("*") if path.is_file())


def test_a_merge_that_fails_half_way_leaves_nothing(shards, tmp_path, monkeypatch):
    def full(*paths: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "link", full)
    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(StorageError, match="Could not write"):
        merge_shards(shards, runs_dir=tmp_path / "runs")
    assert not list((tmp_path / "runs").iterdir())


def test_a_merge_that_is_killed_leaves_a_hidden_folder_at_most(shards, tmp_path, monkeypatch):
    def killed(*paths: object) -> None:
        seen.extend(path.name for path in (tmp_path / "runs").iterdir())

    seen: list[str] = []
    write = merging.write_sweep
    monkeypatch.setattr(merging, "write_sweep", lambda *words: (killed(), write(*words), killed()))
    done = merge_shards(shards, runs_dir=tmp_path / "runs")
    assert len(seen) == 2
    assert all(name.startswith(".") and name.endswith(".part") for name in seen)
    assert [path.name for path in (tmp_path / "runs").iterdir()] == [done.folder.name]


def test_missing_shards_are_named_with_the_command_that_trains_them(shards, tmp_path):
    with pytest.raises(ExperimentError, match="Shard 2/3 is missing") as caught:
        merge_shards([shards[2], shards[0]], runs_dir=tmp_path / "runs")
    (problem,) = caught.value.problems
    grids = "--grid 'optimizer.learning_rate=[0.1, 0.2]' --grid seed=0..2"
    assert problem.hint.startswith(f"Train it: nnrun sweep {EXPERIMENTS / 'xor.yaml'} {grids} --set epochs=3 ")
    assert problem.hint.endswith("--keep best --shard 2/3")
    assert not (tmp_path / "runs").exists()


def test_a_shard_that_is_there_twice_is_refused(shards, tmp_path):
    with pytest.raises(ExperimentError, match="Shard 1/3 is given twice"):
        merge_shards([*shards, shards[0]], runs_dir=tmp_path / "runs")


def test_an_unfinished_shard_is_refused_until_it_is_resumed(whole, shards, tmp_path):
    with pytest.raises(Interrupted, match="Interrupted"):
        trained(planned().part(Shard(2, 3)), tmp_path, Stopping(1))
    (unfinished,) = (tmp_path / "runs").iterdir()
    remove_untold_trials(unfinished)
    mixed = [shards[0], unfinished, shards[2]]
    with pytest.raises(ExperimentError, match="unfinished: 1 of 2 trials are complete") as caught:
        merge_shards(mixed, runs_dir=tmp_path / "merged")
    assert caught.value.problems[0].hint.endswith(f"nnrun resume {quote(str(unfinished))}")
    done = resume_sweep(unfinished, SweepOptions(tmp_path / "keras"), SweepListener())
    assert done.record.shard == "2/3"
    assert rows(merge_shards(mixed, runs_dir=tmp_path / "merged").folder / "trials.csv") == rows(whole / "trials.csv")


def test_a_shard_torn_on_its_way_is_refused(shards, tmp_path):
    (metrics, *_) = sorted(shards[1].glob("trials/*/metrics.csv"))
    metrics.write_text("epoch,loss\n")
    with pytest.raises(ExperimentError, match="unfinished: 1 of 2 trials are complete"):
        merge_shards(shards, runs_dir=tmp_path / "runs")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"grids": ("seed=0..5",)}, "--grid is seed=0..5, not optimizer.learning_rate=[0.1, 0.2] seed=0..2"),
        ({"overrides": ()}, "--set is nothing, not epochs=3 "),
        ({"threads": 4}, "the number of threads is 4, not 1"),
        ({"keep": "all"}, "--keep is all, not best"),
        ({"shard": "2/4"}, "it is one of 4 shards, not of 3"),
        ({"versions": {"nnrun": "0.0.1"}}, 'the version of nnrun is "0.0.1", not '),
        ({"files": {"data.csv": "0"}}, 'the SHA-256 of data.csv is "0", not "1"'),
    ],
)
def test_shards_of_different_sweeps_are_refused_with_what_differs(shards, tmp_path, changes, message):
    change(shards[0], files={"data.csv": "1"})
    change(shards[1], **changes)
    with pytest.raises(ExperimentError, match="is a shard of another sweep") as caught:
        merge_shards(shards, runs_dir=tmp_path / "runs")
    assert any(f"{shards[0]}: {message}" in problem.message for problem in caught.value.problems)


def test_another_file_and_other_devices_are_told_together(shards, tmp_path):
    (shards[1] / "experiment.yaml").write_text("name: other")
    change(shards[1], experiment_sha256=hashlib.sha256(b"name: other").hexdigest())
    for record in shards[1].glob("trials/*/run.json"):
        record.write_text(record.read_text().replace('"device": "cpu"', '"device": "gpu:0"'))
    with pytest.raises(ExperimentError, match="is a shard of another sweep") as caught:
        merge_shards(shards, runs_dir=tmp_path / "runs")
    assert caught.value.problems[0].message.endswith("its experiment.yaml differs.")
    assert caught.value.problems[1].message.endswith('the device is "gpu", not "cpu".')


def test_a_shard_that_is_being_trained_is_exit_status_5(shards, capsys):
    with occupied(shards[1]):
        assert run(["merge", *map(str, shards)]) == 5
    assert f"Another process is training in {shards[1]}" in capsys.readouterr().err


def test_what_is_no_shard_is_refused_as_it_is(whole, tmp_path, capsys):
    assert run(["merge", str(whole)]) == 2
    assert f"{whole} is not a shard of a sweep" in capsys.readouterr().err
    assert run(["merge", str(tmp_path)]) == 2
    assert run(["merge", str(tmp_path / "no-such-folder")]) == 2


def test_merge_prints_the_folder_or_the_record(shards, tmp_path, capsys):
    assert run(["merge", *map(str, shards), "--runs-dir", str(tmp_path / "runs"), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["trials"], record["merged"]) == (6, [str(shard) for shard in shards])
    assert Path(record["folder"]).is_dir()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def binary(path: Path) -> None:
    path.write_bytes(bytes(range(256)))


def other(old: str, new: str) -> Callable[[Path], None]:
    """Writes something else in the place where a text occurs first."""

    def change(path: Path) -> None:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return change


def without_time_zone(path: Path) -> None:
    path.write_text(re.sub(r'("started": "[^"]*)[+-]\d\d:\d\d"', r'\1"', path.read_text()))


RECORDS = [
    ("sweep.json", cut, 2),
    ("sweep.json", empty, 2),
    ("sweep.json", binary, 2),
    ("sweep.json", Path.unlink, 2),
    ("sweep.json", other('"shard": "1/3"', '"shard": "one"'), 2),
    ("sweep.json", other('"reach": "loss <= 0.26"', '"reach": "small loss"'), 2),
    ("sweep.json", other('"started": "', '"started": "on '), 2),
    ("sweep.json", without_time_zone, 2),
    ("experiment.yaml", cut, 4),
    ("experiment.yaml", empty, 4),
    ("experiment.yaml", Path.unlink, 4),
]
TABLES = [
    ("trials.csv", cut, 4),
    ("trials.csv", empty, 2),
    ("trials.csv", binary, 4),
    ("trials.csv", Path.unlink, 2),
    ("trials.csv", other("index,", "number,"), 2),
    ("trials.csv", other(",seed,", ",seeds,"), 2),
    ("trials.csv", other(",folder,", ",path,"), 2),
    ("trials.csv", other("\n0,", "\nnone,"), 2),
    ("trials.csv", other("\n0,", "\n-1,"), 2),
    ("trials.csv", other("\n0,", "\n1e999,"), 2),
    ("trials.csv", other("\n0,0.1,0,", "\n0,0.1,many,"), 2),
    ("trials.csv", other("\n0,0.1,0,", "\n0,0.1,7,"), 2),
    ("trials.csv", other("\n0,0.1,0,", "\n0,0.7,0,"), 2),
    ("trials.csv", other("\n0,0.1,0,", "\n9,0.1,0,"), 2),
]


@pytest.mark.parametrize(("name", "damage", "status"), RECORDS + TABLES)
def test_a_damaged_file_of_a_shard_is_named_with_a_remedy(shards, tmp_path, capsys, name, damage, status):
    damage(shards[0] / name)
    assert run(["merge", *map(str, shards), "--runs-dir", str(tmp_path / "runs"), "-q"]) == status
    message = capsys.readouterr().err
    assert str(shards[0]) in message
    assert "\n  " in message  # a remedy
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        *itertools.product(("run.json", "metrics.csv", "resolved.yaml", "experiment.yaml"), (cut, empty, Path.unlink)),
        *itertools.product(("weights.npz",), (cut, empty, binary)),  # --keep best removes some
    ],
)
def test_a_damaged_file_of_a_trial_is_named_with_a_remedy(shards, tmp_path, capsys, name, damage):
    (path,) = {file.parent for file in shards[0].glob("trials/*/weights.npz")}
    damage(path / name)
    assert run(["merge", *map(str, shards), "--runs-dir", str(tmp_path / "runs"), "-q"]) == 2
    message = capsys.readouterr().err
    assert re.search(f"1 of 2 trials are complete. (Could not read )?{re.escape(str(path / name))}", message)
    assert f"nnrun resume {quote(str(shards[0]))}" in message


def test_the_remedy_for_a_damaged_table_or_trial_helps(whole, shards, tmp_path):
    cut(shards[0] / "trials.csv")
    (weights,) = shards[0].glob("trials/*/weights.npz")
    cut(weights.parent / "resolved.yaml")
    resume_sweep(shards[0], SweepOptions(tmp_path / "keras"), SweepListener())
    done = merge_shards(shards, runs_dir=tmp_path / "runs")
    assert rows(done.folder / "trials.csv") == rows(whole / "trials.csv")


def test_merged_trials_find_their_data_from_a_folder_of_another_depth(tmp_path):
    project = tmp_path / "project"
    (project / "data").mkdir(parents=True)
    lines = "".join(f"{i / 10},{i % 3},{i % 2}\n" for i in range(20))
    (project / "data/rows.csv").write_text(f"a,b,y\n{lines}")
    (project / "data/small.yaml").write_text(
        "data: {generator: {csv: {path: rows.csv, target: y}}}\nlayers: [{Dense: {units: 1, activation: sigmoid}}]\n"
        "optimizer: {SGD: {learning_rate: 0.1}}\nloss: binary_crossentropy\nepochs: 2\nengine: graph\n"
    )
    plan = plan_sweep(request_sweep(project / "data/small.yaml", (), ("seed=0..1",)))
    parts = [trained(plan.part(Shard(number, 2)), project, keep="none").folder for number in (1, 2)]
    before = [contents(part) for part in parts]
    done = merge_shards(parts, runs_dir=project / "deep/er/runs")
    assert [contents(part) for part in parts] == before
    project.rename(tmp_path / "moved")
    merged = tmp_path / "moved" / done.folder.relative_to(project)
    for resolved in merged.glob("trials/*/resolved.yaml"):
        assert "path: ../../../../../../data/rows.csv" in resolved.read_text()
        assert run(["check", str(resolved)]) == 0
    assert len(resume_sweep(merged, SweepOptions(tmp_path / "keras"), Stopping(1)).outcomes) == 2
