"""What the page is told of files that change, and what it may ask for."""

import json
import os
from contextlib import ExitStack
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import numpy as np
import pytest

from experiments import EXPERIMENTS
from nnrun.cli.train_options import make_options
from nnrun.errors import Interrupted
from nnrun.live.page import live_actions, live_page
from nnrun.live.session import LiveSession
from nnrun.machine import code_access
from nnrun.runs import layout
from nnrun.runs.arrays import read_arrays
from nnrun.runs.interval import Interval
from nnrun.runs.record import read_record

XOR = (EXPERIMENTS / "xor.yaml").read_text()


@pytest.fixture
def make_session(tmp_path):
    def make(*texts, between=lambda: None, runs_dir=tmp_path / "runs", left_out=("plots", "report")):
        paths = []
        for number, text in enumerate(texts):
            paths.append(tmp_path / f"experiment{number}.yaml")
            paths[-1].write_text(text)
        options = make_options(None, None, Interval(10.0), left_out)
        return sessions.enter_context(LiveSession(tuple(paths), options, runs_dir, between))

    with ExitStack() as sessions:
        yield make


def told(session, kind, pane=0):
    """The latest message of a kind."""
    found = [json.loads(text) for text in session.messages.after(0, 0.0)[1]]
    return next((message for message in found if (message["kind"], message["pane"]) == (kind, pane)), None)


def free_bytes(folder):
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


def test_a_file_that_cannot_be_is_told_with_line_remedy_and_its_text(make_session):
    session = make_session(XOR.replace("activation: relu", "activation: rilu"))
    session.step()
    (problem,) = told(session, "problems")["problems"]
    assert problem["message"] == 'Unknown activation "rilu".'
    assert problem["hint"] == 'Did you mean "silu"?'
    assert XOR.splitlines()[problem["line"] - 1].startswith("  - Dense: {units: 16")
    assert "rilu" in told(session, "file")["text"]


def test_a_file_that_is_gone_is_told_and_the_page_waits_for_it(make_session, tmp_path):
    session = make_session("epochs: 0\n")
    path = session.panes[0].file.path
    path.unlink()
    session.step()
    assert "No such file" in told(session, "problems")["problems"][0]["message"]
    path.write_text("epochs: 0\n")
    session.step()
    assert told(session, "problems")["run"] == 2
    assert told(session, "file")["text"] == "epochs: 0\n"


def test_a_touched_file_is_not_taken_again(make_session):
    session = make_session("epochs: 0\n")
    session.step()
    session.panes[0].file.path.touch()
    session.step()
    assert session.panes[0].run == 1


BESIDE = """
data: {generator: %s}
layers: [{Dense: {units: 1}}]
optimizer: adam
loss: mse
epochs: 2
"""


def test_a_save_of_a_data_file_is_taken_as_one_of_the_experiment(make_session, tmp_path):
    session = make_session(BESIDE % "{csv: {path: line.csv, target: y}}")
    session.step()
    assert "line.csv" in told(session, "problems")["problems"][0]["message"]
    (tmp_path / "line.csv").write_text("x,z\n1,2\n")
    session.step()
    assert '"y"' in told(session, "problems")["problems"][0]["message"]
    session.step()
    assert session.panes[0].run == 2


def test_a_save_of_allowed_code_is_taken_as_one_of_the_experiment(make_session, tmp_path):
    session = make_session(BESIDE % "{python: {callable: 'rows:make', target: y}}")
    session.options = replace(session.options, code=code_access(allowed=True))
    for line, text in enumerate(("def make(:", "def make(rng):\n    return rng.unknown"), 1):
        (tmp_path / "rows.py").write_text(text)
        session.step()
        assert f"rows.py, line {line}: " in told(session, "problems")["problems"][0]["message"]
    assert session.panes[0].run == 2


def test_files_stand_side_by_side(make_session):
    session = make_session("epochs: 0\n", "epochs: 1\n")
    session.step()
    assert [told(session, "file", pane)["text"] for pane in (0, 1)] == ["epochs: 0\n", "epochs: 1\n"]
    page = live_page(session)
    assert page.count('class="pane"') == 2
    assert "connect-src 'self'" in page
    assert "unsafe" not in page


def test_the_editor_saves_what_it_has_read_and_is_told_of_another_writer(make_session):
    session = make_session("epochs: 0\n")
    session.step()
    save, digest = live_actions(session)["save"], told(session, "file")["digest"]
    status, reply = save({"pane": 0, "text": "epochs: 2\n", "digest": digest})
    assert status == HTTPStatus.OK
    assert session.panes[0].file.path.read_text() == "epochs: 2\n"
    status, reply = save({"pane": 0, "text": "epochs: 3\n", "digest": digest})
    assert (status, reply["text"]) == (HTTPStatus.CONFLICT, "epochs: 2\n")
    assert session.panes[0].file.path.read_text() == "epochs: 2\n"


@pytest.mark.parametrize("content", [{}, {"pane": 1}, {"pane": True, "text": "", "digest": ""}, {"pane": 0, "text": 1}])
def test_a_request_that_names_no_file_is_refused(make_session, content):
    assert live_actions(make_session("epochs: 0\n"))["save"](content)[0] == HTTPStatus.BAD_REQUEST


def test_nothing_is_kept_of_an_experiment_that_cannot_be(make_session, tmp_path):
    session = make_session("epochs: 0\n")
    assert live_actions(session)["keep"]({"pane": 0})[0] == HTTPStatus.ACCEPTED
    session.step()
    assert told(session, "kept")["problem"] == "There is no valid experiment to keep."
    assert not (tmp_path / "runs").exists()


MOONS = (EXPERIMENTS / "moons.yaml").read_text().replace("epochs: 100", "epochs: 2").partition("expect:")[0]


@pytest.mark.keras
def test_of_a_file_that_stands_for_several_trainings_one_is_shown_and_kept_and_the_page_says_which(make_session):
    folded = MOONS.replace("validation_split: 0.2", "folds: 3") + "sweep: {grid: {seed: [0, 1]}}\n"
    session = make_session(folded)
    session.ask_to_keep(0)
    session.step()
    path = session.panes[0].file.path
    assert told(session, "started")["warnings"] == [
        f"Shown is fold 1 of 3. All are trained by: nnrun train {path}",
        f"The trials of sweep are not shown. They are trained by: nnrun sweep {path}",
    ]
    assert told(session, "started")["command"] == f"nnrun train {path} --set data.fold=1"
    assert told(session, "problems")["problems"] == []
    assert told(session, "progress")["epoch"] == 2
    record = read_record(Path(told(session, "kept")["folder"]))
    assert (record.settings["data.fold"], record.epochs) == (1, 2)


@pytest.mark.keras
def test_a_full_disk_ends_neither_the_page_nor_the_file(make_session, tmp_path, small_disk):
    session = make_session(XOR, runs_dir=small_disk, left_out=())
    session.ask_to_keep(0)
    session.step()
    assert "the disk is full" in told(session, "kept")["problem"]
    assert told(session, "results")["verdicts"]

    file = small_disk / "xor.yaml"
    session.panes[0].file.path = file
    file.write_text("epochs: 0\n")
    (small_disk / "rest").write_bytes(bytes(free_bytes(small_disk)))
    status, reply = live_actions(session)["save"]({"pane": 0, "text": XOR * 1000, "digest": None})
    assert (status, "the disk is full" in reply["problem"]) == (HTTPStatus.INTERNAL_SERVER_ERROR, True)
    assert file.read_text() == "epochs: 0\n"


@pytest.mark.keras
def test_streamed_data_are_shown_as_others(make_session, tmp_path):
    (tmp_path / "line.csv").write_text("x,y\n" + "".join(f"{i},{2 * i}\n" for i in range(50)))
    session = make_session(
        """
        data: {generator: {csv: {path: line.csv, target: y}}, stream: true}
        layers: [{Dense: {units: 1}}]
        optimizer: adam
        loss: mse
        epochs: 2
        """
    )
    session.step()
    assert told(session, "problems")["problems"] == []
    assert told(session, "moments")["axes"]
    assert told(session, "results")["metrics"][0][0] == "loss"


def test_an_interruption_ends_the_session(make_session):
    def between():
        raise Interrupted("Interrupted.")

    with pytest.raises(Interrupted):
        make_session("epochs: 0\n", between=between).run()


@pytest.mark.keras
def test_saves_are_trained_shown_and_kept_as_train_makes_them(make_session, tmp_path):
    from nnrun.run import train_file
    from nnrun.run_listener import RunListener

    session = make_session(XOR)
    path = session.panes[0].file.path
    session.step()
    progress, moments, results = (told(session, kind) for kind in ("progress", "moments", "results"))
    assert progress["epoch"] == progress["epochs"] == 500
    assert [chart["title"] for chart in progress["charts"]] == ["loss", "binary accuracy"]
    assert moments["epochs"][0] == 0
    assert moments["epochs"][-1] == moments["last"] == 500
    assert moments["surface"]["count"] == len(moments["epochs"])
    assert len(moments["network"]["edges"]) == 48
    assert [verdict["met"] for verdict in results["verdicts"]] == [True]
    assert not (tmp_path / "runs").exists()

    changed = XOR.replace("seed: 0", "seed: 3").replace("epochs: 500", "epochs: 40")
    path.write_text(changed)
    session.ask_to_keep(0)
    session.step()
    assert told(session, "progress")["charts"] != progress["charts"]
    kept = told(session, "kept")["folder"]
    plain = make_options(None, None, Interval(10.0), ("plots", "report"))
    trained = train_file(path, plain, RunListener(), runs_dir=tmp_path / "plain")
    for file in (layout.WEIGHTS, layout.TRACE):
        ours, theirs = read_arrays(Path(kept) / file), read_arrays(trained.folder / file)
        assert list(ours) == list(theirs)
        assert all(np.array_equal(ours[name], theirs[name]) for name in ours)
    assert (Path(kept) / layout.EXPERIMENT).read_text() == changed


@pytest.mark.keras
def test_a_save_during_a_training_ends_it_and_one_that_diverges_is_told(make_session):
    looks = []

    def between():
        looks.append(None)
        if told(session, "progress") and path.read_text() != other:
            path.write_text(other)

    other = XOR.replace("optimizer: adam", "optimizer: {SGD: {learning_rate: 1000}}").replace("sigmoid", "linear")
    session = make_session(XOR.replace("epochs: 500", "epochs: 1000000"), between=between)
    path = session.panes[0].file.path
    session.step()
    assert told(session, "progress")["epoch"] < 1_000_000
    session.step()
    assert "Training diverged" in told(session, "problems")["problems"][0]["message"]
    assert session.panes[0].run == 2
