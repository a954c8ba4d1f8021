"""`nnrun report`: the page is written, its path is printed, a browser is asked to open it."""

import webbrowser

from nnrun.cli.main import run


def test_the_page_is_written_and_its_path_is_printed(make_run, capsys):
    folder = make_run()
    assert run(["report", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder / 'report.html'}\n"
    assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_open_hands_the_page_to_the_web_browser(make_run, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(webbrowser, "open", lambda url: asked.append(url) or True)
    folder = make_run()
    assert run(["report", str(folder), "--open"]) == 0
    assert asked == [(folder / "report.html").resolve().as_uri()]
    assert capsys.readouterr().err == f"writing {folder / 'report.html'} …\n"


def test_where_no_browser_can_be_started_it_is_said(make_run, monkeypatch, capsys):
    monkeypatch.setattr(webbrowser, "open", lambda url: False)
    assert run(["report", str(make_run()), "--open"]) == 0
    assert capsys.readouterr().err.endswith("\nNo web browser could be started.\n")


def test_a_folder_without_a_run_is_exit_status_2(tmp_path, capsys):
    assert run(["report", str(tmp_path)]) == 2
    assert "is not the folder of a run" in capsys.readouterr().err
