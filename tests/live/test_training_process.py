"""The process that trains for a page: another one after many programs, and a dead one costs its training alone."""

import os
import signal
from pathlib import Path

import pytest

from experiments import EXPERIMENTS
from nnrun.cli.train_options import make_options
from nnrun.errors import Interrupted, Terminated
from nnrun.live import training_process
from nnrun.live.live_runner import LiveJob
from nnrun.live.single_training import SingleTraining
from nnrun.live.training_process import TrainingProcess
from nnrun.runs import layout
from nnrun.runs.interval import Interval
from nnrun.runs.record import read_record
from nnrun.sweep.execute.forkserver import server_folder

pytestmark = pytest.mark.keras

XOR_FILE = EXPERIMENTS / "xor.yaml"
XOR = XOR_FILE.read_text().replace("epochs: 500", "epochs: 3")
ENDLESS = XOR.replace("epochs: 3", "epochs: 100000000")


@pytest.fixture
def make_process(tmp_path, monkeypatch):
    """Makes the process, which ends with the test; a training in it has all the time to end in order."""
    monkeypatch.setattr(training_process, "_GRACE_SECONDS", 600.0)
    made = []

    def make(**settings):
        options = make_options(None, None, Interval(10.0), ("plots", "report"))
        made.append(TrainingProcess(options, tmp_path / "runs", **settings))
        return made[-1]

    yield make
    for process in made:
        process.__exit__()


def job(number, text, **settings):
    return LiveJob(number, XOR_FILE, text.encode(), SingleTraining((), (), ("nnrun", "train")), **settings)


def with_units(units):
    return XOR.replace("units: 16", f"units: {units}")


class Page:
    """Takes what a page is sent; acts once as soon as a training makes progress."""

    def __init__(self, act=lambda: None):
        self.act = act
        self.kinds = []

    def publish(self, kind, content):
        self.kinds.append(kind)

    def between(self):
        if "progress" in self.kinds:
            act, self.act = self.act, lambda: None
            act()


def resident(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_after_many_programs_another_process_trains(make_process):
    process, page, pids = make_process(most_programs=2), Page(), []
    for number, units in enumerate((3, 3, 4, 5), 1):
        assert process.run(job(number, with_units(units)), page.publish, page.between).error is None
        pids.append(process.pid)
    assert pids[0] == pids[1] != pids[2] == pids[3]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="only Linux tells")
def test_memory_is_bounded_whatever_number_of_architectures(make_process):
    process, page, sizes = make_process(), Page(), []
    for number in range(1, 41):
        assert process.run(job(number, with_units(number)), page.publish, page.between).error is None
        sizes.append(resident(process.pid))
    assert max(sizes[12:]) < 1.1 * max(sizes[:12])


def test_one_that_is_killed_costs_its_training_alone(make_process):
    process = make_process()
    page = Page(lambda: os.kill(process.pid, signal.SIGKILL))
    end = process.run(job(1, ENDLESS), page.publish, page.between)
    assert str(end.error) == "The process that trained it was ended by SIGKILL.\n  Save the file to try it again."
    page = Page()
    assert process.run(job(2, XOR), page.publish, page.between).error is None
    assert page.kinds[-1] == "results"


def test_a_training_that_is_ended_leaves_the_process_for_the_next_one(make_process):
    class NewSaveError(Exception):
        pass

    def save():
        raise NewSaveError

    process, page = make_process(), Page(save)
    with pytest.raises(NewSaveError):
        process.run(job(1, ENDLESS), page.publish, page.between)
    before, page = process.pid, Page()
    assert process.run(job(2, XOR), page.publish, page.between).error is None
    assert process.pid == before


def test_a_signal_interrupts_a_run_that_is_kept_which_can_be_resumed(make_process, tmp_path):
    def between():
        if any(file.read_text().count("\n") > 1 for file in tmp_path.glob(f"runs/*/{layout.METRICS}")):
            raise Terminated("Terminated.")

    process, page = make_process(), Page()
    with pytest.raises(Interrupted, match="nnrun resume") as raised:
        process.run(job(1, ENDLESS, kept=True), page.publish, between)
    assert raised.value.exit_status == Terminated.exit_status
    (run,) = (tmp_path / "runs").iterdir()
    assert read_record(run).status == "interrupted"


def test_nothing_is_left_at_its_end(make_process):
    process, page = make_process(), Page()
    process.run(job(1, XOR), page.publish, page.between)
    pid, folder = process.pid, server_folder()
    assert list(folder.glob("live-*"))
    process.__exit__()
    assert not Path(f"/proc/{pid}").exists()
    assert list(folder.glob("live-*")) == []
