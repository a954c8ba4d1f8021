"""What the page is told of files that change, and what it may ask for."""

import json
from http import HTTPStatus
from pathlib import Path

import numpy as np
import pytest

from experiments import EXPERIMENTS
from nnrun.cli.train_options import make_options
from nnrun.errors import Interrupted
from nnrun.live.page import live_actions, live_page
from nnrun.live.session import LiveSession
from nnrun.runs import layout
from nnrun.runs.arrays import read_arrays
from nnrun.runs.interval import Interval

XOR = (EXPERIMENTS / "xor.yaml").read_text()


@pytest.fixture
def make_session(tmp_path):
    def make(*texts, between=lambda: None):
        paths = []
        for number, text in enumerate(texts):
            paths.append(tmp_path / f"experiment{number}.yaml")
            paths[-1].write_text(text)
        return LiveSession(tuple(paths), make_options(None, None, Interval(10.0)), tmp_path / "runs", between)

    return make


def told(session, kind, pane=0):
    """The latest message of a kind."""
    found = [json.loads(text) for text in session.messages.after(0, 0.0)[1]]
    return next((message for message in found if (message["kind"], message["pane"]) == (kind, pane)), None)


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
