"""What a notebook shows of a run: verdicts, curves, predictions; every text escaped, no script, no style of a page."""

import re
from xml.etree import ElementTree

import pytest
from sweep_folder import make_sweep_folder

import nnrun
from nnrun.runs.finding import Finding

HOSTILE = '<script>alert("x")</script>&<img src=x onerror=alert(1)>'


def shown(folder) -> str:
    html = nnrun.load(folder)._repr_html_()
    ElementTree.fromstring(html)  # every tag is closed, every text escaped
    return html


def test_a_run_is_shown_with_verdicts_findings_curves_and_predictions(make_run):
    html = shown(make_run())
    text = re.sub(r"<[^>]+>", "", html)
    assert "bilinear · completed · 400 epochs · 2.0 s · 2 parameters · seed 0" in text
    assert "✓ passed: loss &lt;= 0.02 (0.004, met first at epoch 31)" in text
    assert "✗ failed: loss &lt;= 0.001" in text
    assert "plateau: It stands still." in text
    assert html.count("<svg") == 1
    assert html.count("<polyline") == 2
    assert "<td><bdi>1.01235</bdi></td>" in html


def test_a_run_that_has_just_begun_is_shown(make_run):
    folder = make_run(status="failed", reason="It broke.", epochs=None, final_metrics={}, expectations=(), diagnosis=())
    for name in ("metrics.csv", "predictions.csv"):
        (folder / name).unlink()
    html = shown(folder)
    assert "It broke." in html
    assert "<svg" not in html
    assert "<table" not in html


def test_no_text_of_a_run_becomes_markup(make_run):
    folder = make_run(
        header=(HOSTILE, "y"),
        rows=((HOSTILE, 1.0),),
        name=HOSTILE,
        reason=HOSTILE,
        final_metrics={HOSTILE: 1.0},
        diagnosis=(Finding(HOSTILE, HOSTILE, {}, HOSTILE),),
    )
    html = shown(folder)
    assert "<script" not in html
    assert "<img" not in html


def test_odd_texts_are_shown_without_control_characters(make_run, odd_text):
    html = shown(make_run(name=odd_text or "x", reason=odd_text.encode(errors="replace").decode()))
    assert "\x1b" not in html
    assert "\x00" not in html


def test_only_the_first_predictions_are_shown(make_run):
    html = shown(make_run(rows=tuple((float(i), 0.0) for i in range(25))))
    assert html.count("<tr>") == 11
    assert "… and 15 more rows in predictions.csv." in html


@pytest.mark.parametrize("part", ["<style", "<link", "http://", "https://"])
def test_nothing_is_loaded_and_no_style_leaves_the_output(make_run, part):
    assert part not in shown(make_run())


def test_a_sweep_is_shown_with_its_best_trial_and_its_configurations(tmp_path):
    folder = make_sweep_folder(tmp_path / "sweep", "seed=0..3", "optimizer.learning_rate=[0.01, 0.1]")
    html = nnrun.load_sweep(folder)._repr_html_()
    ElementTree.fromstring(html)
    text = re.sub(r"<[^>]+>", " ", html)
    assert "8 trials" in text
    assert "optimizer.learning_rate" in text
