"""The pictures and the report of a sweep, from the files in its folder."""

import math
import re
from html import unescape

import msgspec
import pytest
from sweep_folder import falling, make_sweep_folder

from nnrun.cli.main import run
from nnrun.report.page.cells import PageTable
from nnrun.report.page.svg_figure import inline_svg
from nnrun.report.page.sweep_page import SweepFacts, sweep_page
from nnrun.report.page.write import LARGEST
from nnrun.sweep.results.sweep_pictures import sweep_pictures
from nnrun.sweep.results.sweep_report import write_sweep_report
from nnrun.sweep.results.tables import read_table, write_table
from nnrun.sweep.sweep_record import read_sweep_record, write_sweep
from tools.browser import PROGRAM, Browser

HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)>"
DRAWN = "{trials: 9, optimizer.learning_rate: 'log_uniform(1e-3, 1)'"
REACH = "sweep: {reach: loss <= 0.2}"


def diverging(trial):
    """Every third trial diverges."""
    return [1.0, 1e9, math.nan] if trial.index % 3 == 2 else falling(trial)


def words(page: str) -> str:
    """What a page says, without its tags."""
    return unescape(re.sub(r"<[^>]*>", " ", page[page.index("<body>") :]))


def kinds(folder) -> list[str]:
    return [picture.kind for picture in sweep_pictures(folder)]


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """Two settings, three seeds, some trials failed."""
    folder = tmp_path_factory.mktemp("sweep") / "swept"
    grids = ("optimizer.learning_rate=[0.001, 0.01]", "layers.0.units=[4, 8]", "seed=0..2")
    make_sweep_folder(folder, *grids, sweep=REACH, losses=diverging)
    write_sweep_report(folder, plots=True)
    return folder


@pytest.fixture(scope="module")
def page(swept):
    return (swept / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("grids", "sweep", "expected"),
    [
        (["seed=0..2"], "", []),
        (["layers.0.units=[4, 8]", "seed=0..1"], "", []),
        (["optimizer.learning_rate=[0.1, 0.2]", "layers.0.units=[4, 8]"], "", ["heat"]),
        (["layers.0.activation=[relu, tanh]", "layers.0.units=[4, 8]"], "", ["heat"]),
        (["epochs=[60, 61]", "optimizer.learning_rate=[0.1, 0.2]", "layers.0.units=[4, 8]"], "", ["parallel"]),
        ([], f"{DRAWN}, layers.0.units: 'integers(2, 99)'}}", ["plane"]),
        ([], f"{DRAWN}, layers.0.units: [4, 4]}}", []),
        (["data.use=[2, 3]", "seed=0..1"], "", ["data_size"]),
        (["data.use=[2, 3]", "layers.0.units=[4, 8]"], "", ["data_size", "heat"]),
    ],
)  # fmt: skip
def test_the_pictures_are_those_that_fit_what_the_trials_differ_in(tmp_path, grids, sweep, expected):
    folder = make_sweep_folder(tmp_path / "s", *grids, sweep=f"sweep: {{random: {sweep}}}" if sweep else "")
    assert kinds(folder) == ["distribution", "curves", *expected]


def test_a_band_goes_from_10_to_90_percent_around_the_median(tmp_path):
    folder = make_sweep_folder(tmp_path / "s", "seed=0..10", losses=lambda trial: [1.0, 0.01 * trial.index])
    (band,) = next(p for p in sweep_pictures(folder) if p.kind == "curves").arguments["bands"]
    assert band[:, 1] == pytest.approx([0.01, 0.05, 0.09])


def test_of_many_points_the_best_and_the_worst_are_shown_and_it_is_said(tmp_path):
    folder = make_sweep_folder(tmp_path / "s", "layers.0.units=1..30")
    distribution, curves = sweep_pictures(folder)
    assert len(distribution.arguments["names"]) == 20
    assert distribution.arguments["title"] == "xor: final loss, the best 20 of 30 configurations"
    assert len(curves.arguments["names"]) == 10
    assert curves.arguments["note"] == "one trial each; the 5 best and the 5 worst of 30 configurations"


def test_the_cells_of_a_heat_map_lie_in_the_order_of_the_numbers_and_missing_ones_are_known(tmp_path):
    folder = make_sweep_folder(
        tmp_path / "s", "optimizer.learning_rate=[0.1, 0.01]", "layers.0.units=[8, 4]", unfinished=1
    )
    told = sweep_pictures(folder)[2].arguments
    assert (told["x_names"], told["y_names"]) == (["0.01", "0.1"], ["4", "8"])
    assert told["counts"].tolist() == [[0, 1], [1, 1]]
    assert math.isnan(told["medians"][0, 0])


def test_a_sweep_all_of_whose_trials_failed_or_are_missing_is_told_nonetheless(tmp_path):
    folder = make_sweep_folder(tmp_path / "s", "seed=0..1", losses=lambda trial: [math.nan])
    assert "failed" in words(write_sweep_report(folder).read_text())
    nothing = make_sweep_folder(tmp_path / "t", "seed=0..1", unfinished=2)
    assert "2 not trained yet" in " ".join(words(write_sweep_report(nothing).read_text()).split())


def test_the_pictures_of_a_sweep_lie_in_plots(swept):
    assert sorted(path.name for path in (swept / "plots").iterdir()) == ["curves.svg", "distribution.svg", "heat.svg"]


def test_the_page_tells_all_there_is_to_tell(page):
    told = " ".join(words(page).split())
    for text in (
        "xor failed · 12 trials over learning_rate, units, seed · 4 configurations · 10.0 s",
        "8 of 12 completed 4 failed 8 of 12 reached loss <= 0.2",
        "4 Training diverged: loss became nan in epoch 3. 0002-learning_rate-0.001-units-4-seed-2",
        "learning_rate units trials reached at epoch final loss",
        "too few pairs of trials with the same seed to test",
        "Every trial as a dot",
        "name : xor",
        "--grid 'layers.0.units=[4, 8]'",
        "nnrun train trials/0000-learning_rate-0.001-units-4-seed-0/resolved.yaml",
        "0123abcd, with uncommitted changes",
        "keras 3.15.1",
    ):
        assert text in told


def test_the_page_holds_its_pictures_and_nothing_that_its_policy_forbids(page):
    assert page.count("<svg") == 3
    assert 'style="' not in page
    assert page.count("<style>") == 1
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert len(page) < LARGEST
    found = re.findall(r' id="([^"]*)"', page)
    assert len(found) == len(set(found))


def test_the_page_repeats_a_shard_with_all_that_it_was_trained_with(tmp_path):
    folder = make_sweep_folder(tmp_path / "s", "seed=0..3")
    write_sweep(folder, msgspec.structs.replace(read_sweep_record(folder), threads=4, keep="best", shard="2/4"))
    command = "nnrun sweep experiment.yaml --grid seed=0..3 --set optimizer=adam --threads 4 --keep best --shard 2/4"
    assert command in words(write_sweep_report(folder).read_text())


def test_captions_tell_no_boxes_medians_or_bands_where_each_point_has_one_trial(tmp_path):
    folder = make_sweep_folder(tmp_path / "s", "optimizer.learning_rate=[0.1, 0.2]", "layers.0.units=[4, 8]")
    told = words(write_sweep_report(folder).read_text(encoding="utf-8"))
    assert "Every trial as a dot. " in told
    assert "Learning curves, one trial each. " in told
    assert "final loss over two settings. " in told
    assert "median" not in told.partition("Configuration")[0]


def test_a_box_is_explained_where_one_is_drawn(tmp_path):
    folder = make_sweep_folder(tmp_path / "s", "seed=0..4")
    assert "the box holds the middle half" in write_sweep_report(folder).read_text(encoding="utf-8")


def test_the_command_that_compares_two_of_many_points_is_set_as_code(tmp_path):
    folder = make_sweep_folder(tmp_path / "s", "layers.0.units=1..9")
    page = write_sweep_report(folder).read_text(encoding="utf-8")
    assert "<code>nnrun compare . CONFIGURATION CONFIGURATION</code>" in page


def test_every_trial_is_a_link_to_its_folder_and_to_nothing_else(swept, tmp_path):
    assert '<a href="trials/0011-learning_rate-0.01-units-8-seed-2/">' in (swept / "report.html").read_text()
    folder = make_sweep_folder(tmp_path / "s", "seed=0..2")
    rows = read_table(folder / "trials.csv")
    rows[0]["folder"], rows[1]["folder"] = "//evil.example", "javascript:alert(1)"
    write_table(folder / "trials.csv", list(rows[0]), [list(row.values()) for row in rows])
    page = write_sweep_report(folder).read_text()
    assert re.findall(r'href="([^#][^"]*)"', page) == ["trials/0002-seed-2/"]


def test_of_many_trials_the_first_are_listed_and_the_rest_counted(tmp_path):
    page = write_sweep_report(make_sweep_folder(tmp_path / "s", "seed=0..230", losses=lambda t: [1.0, 0.5])).read_text()
    assert page.count('<a href="trials/') == 200
    assert "… and 31 more in trials.csv." in page


def test_of_many_points_the_best_are_listed(tmp_path):
    folder = make_sweep_folder(
        tmp_path / "s", "layers.0.units=1..60", losses=lambda trial: [1.0, 1 / (trial.index + 1)]
    )
    assert "The best 50 of 60 configurations; all are in summary.csv." in write_sweep_report(folder).read_text()


def test_pictures_that_have_no_room_stay_in_their_folder():
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><text>{"x" * 900_000}</text></svg>'.encode()
    pictures = [(name, "A picture.", svg) for name in ("one", "two", "three")]
    empty = PageTable((), ())
    page = sweep_page(
        SweepFacts("xor", "completed", (), {}, (), empty, (), pictures, empty, "", (), (), (), {"device": "cpu"})
    )
    assert page.count("<svg") == 2
    left_out = " ".join(re.sub("<[^>]*>", "", page[page.index("Too large") :]).split())
    assert left_out.startswith("Too large for this page: three in the folder plots.")
    assert len(page.encode()) <= LARGEST


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    variants = ", ".join(f'"{i}{HOSTILE}": {{layers.0.units: {i + 1}}}' for i in range(3))
    sweep = f"sweep: {{variants: {{{variants}}}, grid: {{seed: 0..2, optimizer.learning_rate: [0.1, 0.2]}}}}"
    return write_sweep_report(make_sweep_folder(tmp_path_factory.mktemp("h") / "s", sweep=sweep, losses=diverging))


def test_names_and_values_stay_text(hostile):
    page = hostile.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<img" not in page
    assert HOSTILE[:30] in words(page)


def test_a_style_becomes_attributes_and_names_are_those_of_one_picture():
    svg = (
        b'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9">'
        b"<style>*{}</style><metadata/><defs><path id='m' style='stroke: #b00020'/></defs>"
        b"<g clip-path='url(#c)'><use xlink:href='#m' style='fill: #0072b2; font: 9px \"X\"'/></g></svg>"
    )
    page = inline_svg("heat", "<caption>", svg)
    assert '<use fill="#0072b2" font-size="9px" href="#heat-m"' in page
    assert 'clip-path="url(#heat-c)"' in page
    assert '<path id="heat-m" />' in page
    assert "&lt;caption&gt;" in page
    for gone in ("style", "metadata", 'width="9"', "xlink"):
        assert gone not in page


def test_plot_draws_a_sweep_again_and_report_prints_its_path(tmp_path, capsys):
    folder = make_sweep_folder(tmp_path / "s", "seed=0..2")
    assert run(["plot", str(folder), "--only", "distribution", "--format", "png", "--style", "dark"]) == 0
    assert capsys.readouterr().out == f"{folder / 'plots' / 'distribution.png'}\n"
    assert (folder / "plots" / "distribution.png").read_bytes().startswith(b"\x89PNG")
    assert run(["report", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder / 'report.html'}\n"
    assert run(["plot", str(folder), "--only", "heat"]) == 2
    assert 'has no picture "heat"' in capsys.readouterr().err
    assert run(["plot", str(folder), "--terminal"]) == 64
    assert "--terminal shows one run" in capsys.readouterr().err


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed here")
@pytest.mark.parametrize("which", ["swept", "hostile"])
@pytest.mark.parametrize(("width", "scheme"), [(900, "light"), (390, "dark")])
def test_the_page_is_silent_asks_for_nothing_and_is_as_wide_as_the_window(browser, which, width, scheme, request):
    path = request.getfixturevalue(which)
    path = path / "report.html" if path.is_dir() else path
    browser.show(path, width=width, scheme=scheme)
    assert browser.complaints() == []
    assert browser.requests() == [path.resolve().as_uri()]
    assert browser.ask("document.documentElement.scrollWidth") == width
    assert browser.ask("document.title") != "owned"


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed here")
def test_pictures_are_dark_on_a_dark_page_and_light_on_paper(browser, swept):
    ink = "getComputedStyle(document.querySelector('.drawn text')).fill"
    paper = "getComputedStyle(document.querySelector('.drawn path')).fill"
    found = []
    for scheme, media in (("light", "screen"), ("dark", "screen"), ("dark", "print")):
        browser.show(swept / "report.html", scheme=scheme, media=media)
        found.append((browser.ask(ink), browser.ask(paper)))
    light, dark, printed = found
    assert light == printed == ("rgb(95, 95, 95)", "rgb(255, 255, 255)")
    assert dark == ("rgb(168, 172, 178)", "rgb(22, 24, 29)")
    assert browser.printed().startswith(b"%PDF-")
