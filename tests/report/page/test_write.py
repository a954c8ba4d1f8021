"""The report of a run folder: what it tells, what it leaves out, and that text stays text."""

import re
import shutil
from base64 import b64encode
from html.parser import HTMLParser

import numpy as np
import pytest
from busy import busy_seconds

from nnrun.cli.main import run
from nnrun.errors import StorageError
from nnrun.report.page.write import LARGEST, write_report
from nnrun.runs.finding import Finding
from nnrun.runs.layer_summary import LayerSummary
from nnrun.runs.verdict import Verdict

HOSTILE = "<script>alert(1)</script>\"'&lt;$$ \u05e9\u05dc\u05d5\u05dd \u202e\x1b[31m [bold]"


def text_of(page: str) -> str:
    """What the page says, without its style and script."""
    plain = re.sub(r"<(script|style)\b.*?</\1>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", plain))


class Elements(HTMLParser):
    """Every element of a page with its attributes, all of them closed in their order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_report_tells_what_there_is_to_know_of_a_run(make_run):
    layers = (LayerSummary("dense_1", "Dense", "(16)", 48, "16 × (2 + 1)"),)
    page = write_report(make_run(layers=layers)).read_text(encoding="utf-8")
    text = text_of(page)
    for told in (
        "bilinear",
        "completed · 400 epochs · 2.0 s · 2 parameters · seed 0",
        "✓ passed: loss &lt;= 0.02: 0.004, met first at epoch 31",
        "✗ failed: loss &lt;= 0.001: 0.004",
        "plateau: It stands still.",
        "Begin again: --set seed=1",
        "loss (log scale) training validation",
        "metricepoch 400best, epoch 399",
        "dense_1Dense(16)16 × (2 + 1) = 48",
        "1.51.01235",
        "# One neuron.",
        "nnrun train &#39;my experiments/bilinear.yaml&#39;",
        "nnrun reproduce .",
        "devicecpu",
        "git0123abcd, with uncommitted changes",
        "keras3.15.1",
    ):
        assert told in text, told


def test_the_page_is_well_formed_and_asks_for_nothing_from_outside(make_run):
    page = write_report(make_run()).read_text(encoding="utf-8")
    elements = Elements(page).found
    links = [value for _, attributes in elements for name, value in attributes.items() if name in ("src", "href")]
    assert [link[:22] for link in links] == ["data:image/png;base64,"]
    assert not any(name == "style" or name.startswith("on") for _, attributes in elements for name in attributes)
    (policy,) = [a["content"] for tag, a in elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_hostile_text_stays_text(make_run):
    folder = make_run(
        experiment=f"# {HOSTILE}\nname: x # {'long ' * 5000}\n{HOSTILE}: '{HOSTILE}\n",
        header=(HOSTILE, "y" * 5000),
        rows=((HOSTILE, 1.0), ("$$", float("nan"))),
        name=HOSTILE,
        reason=HOSTILE,
        command=("nnrun", HOSTILE),
        device=HOSTILE,
        versions={HOSTILE: HOSTILE},
        final_metrics={HOSTILE: 1.0},
        expectations=(Verdict("loss <= 0.02", None, False),),
        diagnosis=(Finding(HOSTILE, HOSTILE, {}, HOSTILE),),
    )
    (folder / "plots" / "<b>.png").write_bytes(b"no picture")
    page = write_report(folder).read_text(encoding="utf-8")
    tags = {tag for tag, _ in Elements(page).found}
    assert "alert" not in "".join(re.findall(r"<script.*?</script>", page, re.DOTALL))
    assert tags.isdisjoint({"iframe", "object", "a", "form", "link"})
    assert page.count("<script") == 2
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "שלום" in page


def test_a_report_can_be_made_of_a_record_alone(make_run):
    folder = make_run(status="failed", reason="Training diverged: loss became inf in epoch 1.")
    for path in folder.iterdir():
        if path.name != "run.json":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    page = write_report(folder).read_text(encoding="utf-8")
    assert "Training diverged: loss became inf in epoch 1." in page
    assert "<script" not in page
    assert "script-src" not in page


@pytest.mark.parametrize("expectations", [(), (Verdict("loss <= 0.02", 0.004, True),)])
def test_of_scaled_targets_the_unit_is_told_once(make_run, expectations):
    told = "The loss and the metrics are computed on scaled targets: 1 is 81,234 of price €."
    page = write_report(make_run(target_units={"price €": 81234.0}, expectations=expectations))
    assert text_of(page.read_text(encoding="utf-8")).count(told) == 1


def test_an_interrupted_run_says_how_to_go_on(make_run):
    assert "nnrun resume ." in write_report(make_run(status="interrupted")).read_text(encoding="utf-8")


def test_a_page_never_grows_beyond_its_limit(make_run):
    folder = make_run()
    for name, size in (("a", 600_000), ("b", 1_000_000), ("c", 1_500_000)):
        (folder / "plots" / f"{name}.png").write_bytes(bytes(size))
    path = write_report(folder)
    assert path.stat().st_size <= LARGEST
    text = text_of(path.read_text(encoding="utf-8"))
    assert "Too large for this page: c.png, b.png in the folder plots." in text


def test_a_long_training_has_few_points_and_moments(make_run):
    folder = make_run()
    path = folder / "metrics.csv"
    rows = "".join(f"{epoch},{1 / epoch},{epoch % 7}\n" for epoch in range(1, 100_001))
    path.write_text("epoch,loss,accuracy\n" + rows)
    assert busy_seconds(lambda: write_report(folder), 3.0) < 3.0
    assert (folder / "report.html").stat().st_size < 100_000


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(StorageError, match=r"Could not read .*run\.json"):
        write_report(tmp_path)


def test_writing_again_gives_the_same_page(make_run):
    folder = make_run()
    assert write_report(folder).read_bytes() == write_report(folder).read_bytes()


@pytest.mark.parametrize("values", [np.full(400, np.nan), np.zeros(400), np.full(400, 1e300), -np.ones(400)])
def test_any_metrics_can_be_drawn(make_run, values):
    folder = make_run()
    lines = [f"{epoch},{value!r}\n" for epoch, value in enumerate(values.tolist(), 1)]
    (folder / "metrics.csv").write_text("epoch,loss\n" + "".join(lines))
    Elements(write_report(folder).read_text(encoding="utf-8"))


def test_an_animation_that_is_too_large_is_linked(make_run):
    folder = make_run()
    (folder / "plots" / "learning.gif").write_bytes(b"GIF89a" + bytes(1_600_000))
    (folder / "plots" / "weights.png").write_bytes(b"small")
    page = write_report(folder).read_text(encoding="utf-8")
    assert len(page) < 2_000_000
    assert '<a href="plots/learning.gif">' in page
    assert "Too large for this page: learning.gif in the folder plots." in text_of(page)
    assert b64encode(b"small").decode() in page
    (folder / "plots" / "learning.gif").write_bytes(b"GIF89a" + bytes(1_000_000))
    page = write_report(folder).read_text(encoding="utf-8")
    assert "data:image/gif;base64," in page
    assert "Too large" not in page


@pytest.mark.parametrize("arguments", [(), ("--format", "svg")])
def test_the_pictures_keep_the_colours_of_the_page_after_another_style(arguments, make_run):
    folder = make_run()
    (folder / "plots" / "prediction.png").unlink()
    assert run(["plot", str(folder), *arguments]) == 0
    light, drawn = write_report(folder).read_bytes(), pictures_of(folder)
    for style in ("dark", "paper"):
        assert run(["plot", str(folder), "--style", style, *arguments]) == 0
        styled = pictures_of(folder)
        assert styled.keys() == drawn.keys()
        assert all(styled[name] != drawn[name] for name in drawn)
        assert write_report(folder).read_bytes() == light
        assert pictures_of(folder) == styled
    assert run(["plot", str(folder), *arguments]) == 0
    assert pictures_of(folder) == drawn
    assert write_report(folder).read_bytes() == light


def pictures_of(folder):
    return {path.name: path.read_bytes() for path in (folder / "plots").iterdir() if path.suffix != ".json"}
