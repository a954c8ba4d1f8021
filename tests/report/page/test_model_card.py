"""The report of a run as Markdown, read with a parser of GitHub's flavour."""

import pytest
from markdown_it import MarkdownIt

from nnrun.report.page.write import write_report
from nnrun.runs.data_record import ColumnRecord, DataRecord, data_json
from nnrun.runs.finding import Finding
from nnrun.runs.fitted_records import ScaleRecord
from nnrun.runs.layer_summary import LayerSummary
from nnrun.runs.verdict import Verdict

HOSTILE = "<script>alert(1)</script> @someone #1 ![x](https://example.org/x.png)\n# x\n```\n|a|`b`\x1b[31m"


def rendered(folder):
    write_report(folder)
    text = (folder / "report.md").read_text(encoding="utf-8")
    return text, MarkdownIt("commonmark").enable("table").parse(text)


def headings(tokens):
    return [tokens[i + 1].content for i, token in enumerate(tokens) if token.type == "heading_open"]


def test_the_card_says_what_the_page_says(make_run):
    layers = (LayerSummary("dense_1", "Dense", "(16)", 48, "16 × (2 + 1)"),)
    text, tokens = rendered(make_run(layers=layers))
    assert headings(tokens) == [
        *("bilinear", "Metrics", "Expectations", "Training diagnostics", "Pictures", "Layers", "Predictions"),
        *("Configuration", "Reproduce this run", "Environment"),
    ]
    for line in (
        "**completed** · 400 epochs · 2.0 s · 2 parameters · seed 0 · 2026-11-23 14:22:33+00:00",
        "| metric | epoch 400 | best, epoch 399 |",
        "| `loss` | 0.004 | 0.004 |",
        "| `loss <= 0.001` | ✗ failed | 0.004 |",
        "| `dense_1` | Dense | (16) | 16 × (2 + 1) = 48 |",
        "![The prediction over the input, with the data](plots/prediction.png)",
        "# One neuron.",
        "| git | 0123abcd, with uncommitted changes |",
    ):
        assert line in text.splitlines(), line


def test_every_picture_is_a_file_of_the_run(make_run):
    folder = make_run()
    (folder / "plots" / "network (1).svg").write_bytes(b"<svg/>")
    _, tokens = rendered(folder)
    images = [child.attrs["src"] for t in tokens if t.children for child in t.children if child.type == "image"]
    assert images == ["plots/prediction.png", "plots/network%20%281%29.svg"]


def test_hostile_text_stays_text(make_run):
    folder = make_run(
        experiment=f"{HOSTILE}\n````\n",
        header=(HOSTILE, "y"),
        rows=((HOSTILE, 1.0),),
        name=HOSTILE,
        reason=HOSTILE,
        command=("nnrun", HOSTILE),
        device=HOSTILE,
        versions={HOSTILE: HOSTILE},
        final_metrics={HOSTILE: 1.0},
        layers=(LayerSummary(HOSTILE, HOSTILE, HOSTILE, 1, HOSTILE),),
        expectations=(Verdict("loss <= 0.02", None, False),),
        diagnosis=(Finding(HOSTILE, HOSTILE, {}, HOSTILE),),
    )
    text, tokens = rendered(folder)
    assert len(headings(tokens)) == 10
    assert "\x1b" not in text
    children = [child for token in tokens for child in token.children or ()]
    assert {child.content for child in children if child.type == "html_inline"} == {"<!-- -->"}
    assert not [token for token in tokens if token.type == "html_block"]
    assert [child.attrs["src"] for child in children if child.type == "image"] == ["plots/prediction.png"]
    assert not [child for child in children if child.type.startswith("link")]


@pytest.mark.parametrize(("status", "command"), [("interrupted", "nnrun resume ."), ("failed", "nnrun explain .")])
def test_a_run_without_results_has_its_reason(make_run, status, command):
    text, tokens = rendered(make_run(status=status, reason="Why.", final_metrics={}, expectations=(), diagnosis=()))
    assert "Metrics" not in headings(tokens)
    assert f"**{status}**" in text
    assert "\nWhy.\n" in text
    assert command in text


def test_a_large_experiment_file_is_linked(make_run):
    text, _ = rendered(make_run(experiment="# " + "x" * 30_000))
    assert "[experiment.yaml](experiment.yaml)" in text
    assert len(text) < 20_000


def test_what_was_fitted_to_the_training_set_is_a_table_in_both_reports(make_run):
    folder = make_run()
    scale = ScaleRecord((29.5,), (0.5,), scaling="standard")
    record = DataRecord(inputs=(ColumnRecord(name="a|<b>", scale=scale),), targets=(ColumnRecord(name="y"),))
    (folder / "data.json").write_text(data_json(record))
    text, tokens = rendered(folder)
    assert "Preparation" in headings(tokens)
    assert r"| `a\|<b>` | scale: standard | mean 29.5, std 2 |" in text.splitlines()
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<h2>Preparation</h2>" in page
    assert "a|&lt;b&gt;" in page
