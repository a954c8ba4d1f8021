"""The live page in a real browser: a save becomes a changed curve, an error stands in place of the old picture."""

import subprocess
import sys

import pytest

from experiments import EXPERIMENTS
from tools.browser import PROGRAM, WITHOUT_PAUSES, Browser

pytestmark = [pytest.mark.keras, pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed here")]

XOR = (EXPERIMENTS / "xor.yaml").read_text()
POINTS = "document.querySelector('.curves polyline')?.getAttribute('points')"
STALE = "document.querySelector('.curves').classList.contains('stale')"


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("live") / "xor.yaml"
    path.write_text(XOR)
    return path


@pytest.fixture(scope="module")
def address(file):
    command = [sys.executable, "-m", "nnrun", "live", file.name]
    pipe, silent = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, cwd=file.parent, stdout=pipe, stderr=silent, text=True) as process:
        yield process.stdout.readline().strip()
        process.terminate()
        assert process.wait(120) == 143


@pytest.fixture(scope="module")
def browser(address, tmp_path_factory):
    with Browser(tmp_path_factory.mktemp("browser")) as browser:
        browser.open(address, width=1280)
        browser.wait_for("document.querySelector('.results').textContent.includes('✓ passed')")
        yield browser


def save(file, text):
    """Saves in one step: the page never sees half of it."""
    part = file.with_name("part")
    part.write_text(text)
    part.replace(file)


def test_the_page_shows_curves_prediction_network_and_verdicts_and_asks_for_nothing_else(browser, address):
    assert browser.ask("document.querySelectorAll('.curves figure').length") == 2
    assert browser.ask("document.querySelectorAll('.samples circle').length") == 4
    assert browser.ask("document.querySelectorAll('.network .edge').length") == 48
    assert browser.ask("document.querySelector('output').textContent") == "500"
    assert browser.complaints() == []
    assert set(browser.requests()) == {address, f"{address}events"}
    assert browser.ask("document.documentElement.scrollWidth") == 1280


def test_the_slider_paints_another_surface_and_other_weights(browser):
    colors = "document.querySelector('canvas').toDataURL()"
    widths = "[...document.querySelectorAll('.edge')].map((edge) => edge.getAttribute('stroke-width')).join()"
    last = browser.ask(colors), browser.ask(widths)
    browser.ask("var r = document.querySelector('.player input'); r.value = 0; r.dispatchEvent(new Event('input'))")
    assert browser.ask("document.querySelector('output').textContent") == "0 (initial weights)"
    assert browser.ask(colors) != last[0]
    assert browser.ask(widths) != last[1]
    browser.ask(WITHOUT_PAUSES)
    browser.ask("document.querySelector('.player button').click()")
    browser.wait_for("document.querySelector('output').textContent === '500'")
    assert (browser.ask(colors), browser.ask(widths)) == last


def test_a_save_becomes_a_changed_curve(browser, file):
    before = browser.ask(POINTS)
    save(file, XOR.replace("seed: 0", "seed: 4"))
    browser.wait_for(f"{POINTS} !== '{before}' && !{STALE}")


def test_an_error_is_shown_with_its_line_above_the_dimmed_picture_and_the_editor_mends_it(browser, file):
    save(file, XOR.replace("activation: relu", "activation: rilu"))
    text = browser.wait_for("document.querySelector('.problem')?.textContent")
    assert "line 19" in text
    assert 'Did you mean "silu"?' in text
    assert browser.ask(STALE)
    browser.ask("document.querySelector('.problem button').click()")
    assert browser.ask("document.activeElement.tagName") == "TEXTAREA"
    browser.ask(
        "var t = document.querySelector('textarea'); t.value = t.value.replace('rilu', 'tanh');"
        "t.dispatchEvent(new Event('input')); document.querySelector('form').requestSubmit()"
    )
    browser.wait_for(f"!document.querySelector('.problem') && !{STALE}")
    assert file.read_text() == XOR.replace("activation: relu", "activation: tanh")


def test_the_editor_offers_what_may_stand_at_the_cursor(browser):
    def offered(line):
        browser.ask(
            f"var t = document.querySelector('textarea'); t.focus(); t.value = {line!r}; t.setSelectionRange(999, 999)"
        )
        browser.ask("t.dispatchEvent(new Event('input'))")
        return browser.ask(
            "[...document.querySelectorAll('.offered:not([hidden]) li')].map((word) => word.textContent)"
        )

    assert offered("layers:\n  - Dense: {units: 3, acti") == ["activation", "activity_regularizer"]
    assert offered("layers:\n  - Dense: {activation: softm") == ["softmax"]
    assert offered("layers:\n  - Emb") == ["Embedding"]
    assert offered("data:\n  validation_s") == ["validation_split"]
    assert offered("metrics: [loss, binary_acc") == ["binary_accuracy"]
    assert offered("optimizer: {Adam: {learning_r") == ["learning_rate"]
    assert offered("# epo") == []
    assert offered("epochs: 5\nbatc") == ["batch_size"]
    browser.call("Input.dispatchKeyEvent", type="keyDown", key="Enter", windowsVirtualKeyCode=13)
    assert browser.ask("document.querySelector('textarea').value") == "epochs: 5\nbatch_size: "


def test_an_edited_text_is_not_lost_when_another_program_writes_the_file(browser, file):
    browser.ask("var t = document.querySelector('textarea'); t.value += '# mine'; t.dispatchEvent(new Event('input'))")
    save(file, XOR + "# theirs\n")
    browser.wait_for("!document.querySelector('.conflict').hidden")
    assert browser.ask("document.querySelector('textarea').value.endsWith('# mine')")
    browser.ask("document.querySelector('.load').click()")
    assert browser.ask("document.querySelector('textarea').value").endswith("# theirs\n")
    assert browser.ask("document.querySelector('.conflict').hidden")
    assert browser.complaints() == []


def test_its_buttons_keep_the_run_and_give_its_command(browser, file):
    browser.wait_for(f"!{STALE} && document.querySelector('.results').textContent.includes('✓ passed')")
    browser.ask("document.querySelector('.keep').click()")
    browser.wait_for("document.querySelector('.kept').textContent.startsWith('Kept in')")
    told = browser.ask("document.querySelector('.kept').textContent")
    assert (file.parent / told.removeprefix("Kept in ") / "report.html").exists()
    browser.ask("document.querySelector('.copy').click()")
    browser.wait_for("document.querySelector('.kept').textContent.endsWith('nnrun train xor.yaml')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_shows_an_error_there(scheme, browser, address, file):
    save(file, XOR)
    browser.open(address, width=390, scheme=scheme)
    browser.wait_for(f"document.querySelectorAll('.network .edge').length && !{STALE}")
    assert browser.ask("document.documentElement.scrollWidth") == 390
    save(file, XOR.replace("activation: relu", "activation: rilu"))
    browser.wait_for("document.querySelector('.problem')?.textContent")
    assert browser.ask("document.documentElement.scrollWidth") == 390
    assert browser.complaints() == []
