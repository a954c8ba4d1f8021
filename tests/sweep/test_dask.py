"""Sweeps on Dask workers, which are processes that get killed: the same as in this process, or one clear line."""

import csv
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from stopping import Stopping
from waiting import LONGEST, wait_until

from experiments import EXPERIMENTS
from nnrun.cli.main import run
from nnrun.errors import ExperimentError, Interrupted, StorageError
from nnrun.runs.arrays import read_arrays
from nnrun.runs.bitwise import different_arrays
from nnrun.runs.provenance import versions
from nnrun.runs.record import read_record
from nnrun.sweep.execute import dask_client, dask_connection
from nnrun.sweep.listener import SweepListener
from nnrun.sweep.plan.plan import SweepPlan, plan_sweep, request_sweep
from nnrun.sweep.sweep import SweepOptions, resume_sweep, run_sweep
from nnrun.sweep.sweep_end import Sweep
from nnrun.sweep.sweep_record import read_sweep_record

pytestmark = pytest.mark.keras

GRIDS = ("seed=0..7",)
OVERRIDES = ("epochs=3", "engine=graph", "expect=[]")


class Cluster:
    """A scheduler and workers as processes of their own, without nannies that would start new ones."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen] = []
        self.start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", "listening.json")
        self.address = ""
        wait_until(self._listens)

    def _listens(self) -> bool:
        """Whether the scheduler has said where it listens."""
        with suppress(FileNotFoundError, json.JSONDecodeError):  # it is just being written
            address = json.loads((self.folder / "listening.json").read_text())["address"]
            self.address = address.removeprefix("tcp://")
        return bool(self.address)

    def add_worker(self) -> subprocess.Popen:
        return self.start("worker", f"tcp://{self.address}", "--nthreads", "1", "--no-nanny")

    def start(self, kind: str, *words: str) -> subprocess.Popen:
        unseen = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *unseen, *words]
        with (self.folder / "dask.log").open("ab") as log:
            self.processes.append(subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log))
        return self.processes[-1]

    def trainers(self) -> list[psutil.Process]:
        """The processes that train for the workers."""
        found: list[psutil.Process] = []
        for worker in self.processes[1:]:
            with suppress(psutil.NoSuchProcess):
                found += psutil.Process(worker.pid).children()
        return found

    def wait_for_idleness(self) -> None:
        """Waits until nothing trains for the workers, which they are told when a sweep ends."""
        wait_until(lambda: not self.trainers())

    def kill(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow machine is no scheduler that does not respond."""
    monkeypatch.setattr(dask_connection, "_PATIENCE", LONGEST)


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.kill()


@pytest.fixture
def cluster(scheduler) -> Cluster:
    """The scheduler with one living worker at least."""
    if all(process.poll() is not None for process in scheduler.processes[1:]):
        scheduler.add_worker()
    return scheduler


def planned(*overrides: str, grids: tuple[str, ...] = GRIDS) -> SweepPlan:
    return plan_sweep(request_sweep(EXPERIMENTS / "xor.yaml", (*OVERRIDES, *overrides), grids))


def swept(plan: SweepPlan, folder: Path, address: str | None, listener: SweepListener | None = None) -> Sweep:
    options = SweepOptions(folder / "keras", dask=address)
    return run_sweep(plan, options, listener or SweepListener(), runs_dir=folder / "runs")


def table(folder: Path) -> list[dict[str, str]]:
    """The rows of trials.csv but for times."""
    with (folder / "trials.csv").open() as stream:
        return [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(stream)]


def equal(one: Sweep, two: Sweep) -> bool:
    """Whether two sweeps have the same tables, files and weights, and nothing half done."""
    files = [sorted(str(path.relative_to(sweep.folder)) for path in sweep.folder.rglob("*")) for sweep in (one, two)]
    weights = [[path for path in names if path.endswith(".npz")] for names in files]
    return (
        table(one.folder) == table(two.folder)
        and files[0] == files[1]
        and not any(different_arrays(read_arrays(one.folder / p), read_arrays(two.folder / p)) for p in weights[0])
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Sweep:
    return swept(planned(), tmp_path_factory.mktemp("whole"), None)


class Killing(SweepListener):
    """Kills a worker after the second trial, and counts the outcomes."""

    def __init__(self, worker: subprocess.Popen) -> None:
        self.worker = worker
        self.seen: list[int] = []

    def on_trial_end(self, trial, outcome) -> None:
        self.seen.append(trial.index)
        if len(self.seen) == 2:
            self.worker.kill()
            self.worker.wait()


@pytest.mark.parametrize(
    "grid", ["optimizer.learning_rate=[0.1, 0.2]", pytest.param("layers.0.units=[4, 8]", marks=pytest.mark.slow)]
)
def test_populations_are_trained_on_workers_as_in_one_process(grid, cluster, tmp_path):
    overrides = ("epochs=3", "engine=xla", "expect=[]", "sweep.keep=table", "sweep.weights=true")
    plan = plan_sweep(request_sweep(EXPERIMENTS / "xor.yaml", overrides, (grid, "seed=0..3")))
    here, there = swept(plan, tmp_path / "here", None), swept(plan, tmp_path / "there", cluster.address)
    assert table(there.folder) == table(here.folder)
    first, second = (read_arrays(sweep.folder / "trials.npz") for sweep in (here, there))
    assert different_arrays(first, second) == ["seconds"]


def test_a_worker_killed_in_the_middle_costs_nothing_and_all_is_as_in_one_process(whole, cluster, tmp_path):
    one, two = cluster.processes[-1], cluster.add_worker()
    killing = Killing(one)
    done = swept(planned(), tmp_path, cluster.address, killing)
    assert one.poll() == -signal.SIGKILL
    assert two.poll() is None
    assert sorted(killing.seen) == list(range(8))
    assert equal(done, whole)
    assert done.record.status == "completed"
    cluster.wait_for_idleness()


def test_workers_that_do_not_see_the_folder_send_the_files_and_what_is_left_is_resumed_elsewhere(
    whole, cluster, tmp_path, monkeypatch
):
    monkeypatch.setattr(dask_client, "marker", lambda folder, sweep: tmp_path / sweep)
    with pytest.raises(Interrupted, match="Interrupted"):
        swept(planned(), tmp_path, cluster.address, Stopping(3))
    cluster.wait_for_idleness()
    (folder,) = (tmp_path / "runs").iterdir()
    assert read_sweep_record(folder).status == "interrupted"
    assert len(list((folder / "trials").iterdir())) == 3
    assert equal(resume_sweep(folder, SweepOptions(tmp_path / "keras"), SweepListener()), whole)


@pytest.mark.slow
@pytest.mark.parametrize("seen", [True, False])
def test_several_programs_on_workers_that_see_the_folder_or_not(cluster, tmp_path, monkeypatch, seen):
    if not seen:
        monkeypatch.setattr(dask_client, "marker", lambda folder, sweep: tmp_path / sweep)
    plan = planned(grids=("layers.0.units=[2, 3, 4]", "seed=0..3"))
    assert equal(swept(plan, tmp_path, cluster.address), swept(plan, tmp_path / "here", None))


@pytest.mark.slow
def test_a_trial_whose_process_dies_twice_has_failed_and_the_others_have_not(cluster, tmp_path):
    ended, killed = threading.Event(), set[str]()

    def kill() -> None:
        """Kills who has begun the endless trial, once the other one is finished."""
        while not ended.wait(0.2):
            begun = {path.name for path in tmp_path.glob("runs/*/trials/.0001-*")} - killed
            if begun and list(tmp_path.glob("runs/*/trials/0000-*")):
                killed.update(begun)
                for trainer in cluster.trainers():
                    trainer.kill()

    threading.Thread(target=kill, daemon=True).start()
    request = request_sweep(EXPERIMENTS / "xor.yaml", OVERRIDES[1:], ("epochs=[3, 100000000]",))
    try:
        done = swept(plan_sweep(request), tmp_path, cluster.address)
    finally:
        ended.set()
    assert done.outcomes[1].reason == "The process that trained it was ended by SIGKILL, twice."
    assert [done.outcomes[i].status for i in (0, 1)] == ["completed", "failed"]
    assert done.outcomes[1].lost  # so a resumed sweep trains it again
    assert read_record(done.folder / done.outcomes[1].folder).status == "interrupted"


def test_workers_with_other_versions_are_refused_with_what_differs(cluster, tmp_path, monkeypatch):
    monkeypatch.setattr(dask_client, "versions", lambda: {**versions(), "keras": "0.1"})
    with pytest.raises(ExperimentError, match=r'the version of keras is \S+, not "0\.1" as here'):
        swept(planned(), tmp_path, cluster.address)
    assert not list((tmp_path / "runs").iterdir())


def test_a_scheduler_that_does_not_answer_is_exit_status_4_and_leaves_no_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(dask_connection, "_PATIENCE", 0.1)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        address = f"127.0.0.1:{deaf.getsockname()[1]}"
        words = ["sweep", str(EXPERIMENTS / "xor.yaml"), "--grid", "seed=0..1", "--runs-dir", str(tmp_path), "-q"]
        assert run([*words, "--dask", address]) == 4
    assert capsys.readouterr().err.startswith(f"No Dask scheduler responds at {address}.\n")
    assert not list(tmp_path.iterdir())


def test_an_address_that_is_none_is_exit_status_64(tmp_path, capsys):
    words = ["sweep", str(EXPERIMENTS / "xor.yaml"), "--grid", "seed=0..1", "--runs-dir", str(tmp_path), "-q"]
    assert run([*words, "--dask", "foo://x"]) == 64
    assert '"foo://x" is not the address of a Dask scheduler' in capsys.readouterr().err
    assert run([*words, "--dask", "127.0.0.1:1", "--jobs", "2"]) == 64
    assert not list(tmp_path.iterdir())


def test_without_the_extra_the_remedy_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    words = ["sweep", str(EXPERIMENTS / "xor.yaml"), "--grid", "seed=0..1", "--runs-dir", str(tmp_path), "-q"]
    assert run([*words, "--dask", "local"]) == 2
    assert capsys.readouterr().err == "--dask needs the package distributed.\n  Install it: pip install 'nnrun[dask]'\n"
    assert not list(tmp_path.iterdir())


def test_local_workers_open_no_port_to_others_and_none_that_another_program_may_have():
    with socket.socket() as other:
        with suppress(OSError):  # somebody has it already
            other.bind(("", 8787))  # Dask's own for its pages
            other.listen()
        with dask_connection.connected("local", 1) as client:
            assert client.cluster.scheduler.http_server.address == "127.0.0.1"


@pytest.mark.slow
def test_local_workers_give_the_same(whole, tmp_path):
    assert equal(swept(planned(), tmp_path, "local"), whole)


@pytest.mark.slow
def test_ctrl_c_ends_an_endless_sweep_of_the_command_line(cluster, tmp_path):
    words = [str(EXPERIMENTS / "xor.yaml"), "--grid", "seed=0..1", "--set", "epochs=100000000", "--set", "engine=graph"]
    command = [sys.executable, "-m", "nnrun", "sweep", *words, "--dask", cluster.address, "--runs-dir", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: list(tmp_path.glob("*/trials/.0000-*")) or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=LONGEST)
    assert process.returncode == 130
    assert told.splitlines()[-1] == "Interrupted."
    cluster.wait_for_idleness()


@pytest.mark.slow
def test_a_scheduler_that_goes_away_leaves_a_sweep_to_be_resumed(tmp_path, whole, monkeypatch):
    monkeypatch.setattr(dask_connection, "_PATIENCE", 20.0)  # which passes once it is gone

    class Deserting(SweepListener):
        def on_trial_end(self, trial, outcome) -> None:
            lost.processes[0].kill()

    lost = Cluster(tmp_path)
    lost.add_worker()
    try:
        with pytest.raises(StorageError, match="No Dask scheduler responds"):
            swept(planned(), tmp_path, lost.address, Deserting())
        (folder,) = (tmp_path / "runs").iterdir()
        assert read_sweep_record(folder).status == "interrupted"
        assert 1 <= len(table(folder)) < 8
        assert len(resume_sweep(folder, SweepOptions(tmp_path / "keras"), SweepListener()).outcomes) == 8
    finally:
        lost.kill()
