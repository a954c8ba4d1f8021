"""Reports in a real browser: silent, self-contained, alive, readable on a phone, in the dark and on paper."""

import numpy as np
import pytest

from nnrun.plots.picture import Picture
from nnrun.plots.thinning import chosen_epochs
from nnrun.report.page.write import write_report
from nnrun.report.scene import write_scene
from nnrun.runs import layout
from nnrun.runs.finding import Finding
from tools.browser import PROGRAM, WITHOUT_PAUSES, Browser

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed here")

HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=alert(1)> $$ \u05e9\u05dc\u05d5\u05dd " + "W" * 3000
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture
def report(make_run):
    return write_report(make_run())


@pytest.fixture
def hostile(make_run):
    return write_report(
        make_run(
            experiment=f"# {HOSTILE}\n'{HOSTILE}",
            header=(HOSTILE, HOSTILE),
            rows=((HOSTILE, HOSTILE),) * 3,
            name=HOSTILE,
            reason=HOSTILE,
            command=(HOSTILE, HOSTILE),
            diagnosis=(Finding(HOSTILE, HOSTILE, {}, HOSTILE),),
        )
    )


@pytest.mark.parametrize("page", ["report", "hostile"])
@pytest.mark.parametrize(("width", "scheme"), [(900, "light"), (390, "dark")])
def test_the_page_is_silent_asks_for_nothing_and_is_as_wide_as_the_window(browser, page, width, scheme, request):
    path = request.getfixturevalue(page)
    browser.show(path, width=width, scheme=scheme)
    assert browser.complaints() == []
    assert browser.requests() == [path.resolve().as_uri()]
    assert browser.ask("document.documentElement.scrollWidth") == width
    assert browser.ask("document.title") != "owned"


def test_the_slider_walks_over_the_epochs(browser, report):
    browser.show(report)
    assert browser.ask("document.querySelector('output').textContent") == "400"
    mark, line = "document.querySelector('line.at').getAttribute('x1')", "#prediction polyline"
    end, last = browser.ask(mark), browser.ask(f"document.querySelector('{line}').getAttribute('points')")
    browser.ask("var r = document.querySelector('input'); r.value = 0; r.dispatchEvent(new Event('input'))")
    assert browser.ask("document.querySelector('output').textContent") == "0 (initial weights)"
    assert float(browser.ask(mark)) < float(end)
    assert browser.ask(f"document.querySelector('{line}').getAttribute('points')") != last
    assert "neuron/kernel0" in browser.ask("document.querySelector('#moments table').textContent")
    assert browser.complaints() == []


@pytest.fixture
def over_two_inputs(make_run):
    """The report of a run that has stored a surface and a network for its slider."""
    folder, epochs = make_run(), np.array(chosen_epochs(400))
    second = np.rint(np.linspace(0, 255, len(epochs) * 64 * 64)).astype(np.uint8).reshape(len(epochs), 64, 64)
    points, labels = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([0, 1])
    learning = {
        "inputs": points, "targets": labels, "validation_inputs": points, "validation_targets": labels,
        "grid": np.stack([np.linspace(0, 1, 64)] * 2), "frames": np.stack([255 - second, second], axis=-1),
        "epochs": epochs, "history": {}, "names": ["a", "b"], "title": "", "classes": ["no", "yes"],
    }  # fmt: skip
    layers = [
        {"name": "x", "kind": "Input", "shape": "", "inputs": [], "parameters": 0, "activation": "", "columns": ["x"]},
        {"name": "neuron", "kind": "Dense", "shape": "", "inputs": ["x"], "parameters": 2, "activation": ""},
    ]
    outputs = {"neuron": {"target": "y", "names": ["y"]}}
    network = {"layers": layers, "outputs": outputs, "weights": {}, "title": ""}
    held = {"history": layout.METRICS}
    write_scene(folder, [Picture("learning", learning, held), Picture("network", network, {})])
    return write_report(folder)


def test_the_slider_paints_the_prediction_over_two_inputs_and_the_weights(browser, over_two_inputs):
    browser.show(over_two_inputs)
    drawn = "document.querySelector('canvas').toDataURL()", "document.querySelector('.edge').outerHTML"
    assert browser.ask("document.querySelectorAll('.samples > *').length") == 4
    browser.wait_for("document.querySelector('.edge').getAttribute('stroke')")
    last = [browser.ask(what) for what in drawn]
    browser.ask("var r = document.querySelector('input'); r.value = 0; r.dispatchEvent(new Event('input'))")
    assert all(browser.ask(what) != before for what, before in zip(drawn, last, strict=True))
    browser.ask(WITHOUT_PAUSES)
    browser.ask("document.querySelector('.player button').click()")
    browser.wait_for("document.querySelector('output').textContent === '400'")
    assert [browser.ask(what) for what in drawn] == last
    assert browser.complaints() == []
    assert browser.ask("document.documentElement.scrollWidth") == 900


def test_light_and_dark_follow_the_system(browser, report):
    paper = "getComputedStyle(document.body).backgroundColor"
    browser.show(report, scheme="light")
    light = browser.ask(paper)
    browser.show(report, scheme="dark")
    assert (light, browser.ask(paper)) == ("rgb(253, 253, 251)", "rgb(22, 24, 27)")


def test_the_page_prints_dark_on_white_and_without_the_slider(browser, report):
    browser.show(report, scheme="dark", media="print")
    assert browser.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.ask("getComputedStyle(document.getElementById('moments')).display") == "none"
    assert browser.printed().startswith(b"%PDF-")


def test_the_page_can_be_read_without_its_script(browser, report):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.show(report)
        assert browser.complaints() == []
        browser.call("DOM.getDocument")
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
    text = report.read_text(encoding="utf-8")
    assert '<div id="moments" hidden>' in text
    assert "✓ passed" in text
