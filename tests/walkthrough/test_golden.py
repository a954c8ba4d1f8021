"""The whole explanation of small steps, word for word, in all three formats.

`PYTHONPATH=.:tests python tests/walkthrough/test_golden.py` writes the golden files anew.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from by_hand import dense, keras_step_like, stack, start_of

from nnrun.walkthrough.explanation import Explanation, Heading
from nnrun.walkthrough.loss_functions import Loss
from nnrun.walkthrough.optimizers import Adam
from nnrun.walkthrough.render_step import render_step
from nnrun.walkthrough.write_html import as_html
from nnrun.walkthrough.write_markdown import as_markdown
from nnrun.walkthrough.write_text import WIDTH, as_text

GOLDEN = Path(__file__).parent / "golden"
WRITERS = {"txt": as_text, "md": as_markdown, "html": as_html}


def neuron() -> Explanation:
    """One neuron on a line, three rows."""
    network = stack(dense("neuron", [[0.5]], [0.25], "relu"))
    start = start_of(network, [[1.0], [2.0], [-1.0]], [[1.0], [1.0], [0.0]])
    return document("neuron", network, start, ("flats",), "price")


def classes() -> Explanation:
    """Two layers, two classes, the second step of Adam."""
    network = stack(
        dense("hidden", [[0.5, -1.0], [0.25, 0.75]], [0.0, 0.5], "tanh"),
        dense("out", [[1.0, -1.0], [0.5, 0.25]], [0.0, 0.125], "softmax"),
        loss=Loss("sparse_categorical_crossentropy", logits=True, before_activation=True),
        optimizer=Adam(),
    )
    start = start_of(network, [[1.0, 0.0], [0.5, -2.0]], [[1], [0]], 0.01, step=2)
    return document("classes", network, start, ("age", "income"), "loyal")


def document(title, network, start, columns, target) -> Explanation:
    blocks = render_step(keras_step_like(network, start), columns, target, None, 12, scheduled=False)
    return Explanation(title, (Heading(1, title), *blocks))


DOCUMENTS = {"neuron": neuron, "classes": classes}


@pytest.mark.parametrize("ending", WRITERS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_explanation_equals_the_golden_file(name, ending):
    assert WRITERS[ending](DOCUMENTS[name]()) == (GOLDEN / f"{name}.{ending}").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_text_keeps_within_eighty_columns_and_has_no_escape_codes(name):
    text = as_text(DOCUMENTS[name]())
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "\x1b" not in text


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_page_is_well_formed_and_loads_nothing(name):
    page = as_html(DOCUMENTS[name]())
    ElementTree.fromstring(re.sub(r"<meta [^>]*>", "", page.removeprefix("<!DOCTYPE html>")))
    assert "default-src 'none'" in page
    assert not re.search(r"<script|https?:|\bsrc=|href=", page)


def test_names_cannot_become_markup_or_terminal_codes():
    network = stack(dense("<b>*x*</b>\x1b[31m", [[0.5]], [0.25]))
    start = start_of(network, [[1.0]], [[1.0]])
    explained = document("t", network, start, ("<i>&",), "`$|_")
    assert "<b>" not in as_html(explained)
    assert "<i>" not in as_html(explained)
    assert "\\<b\\>\\*x\\*" in as_markdown(explained)
    assert "\x1b" not in as_text(explained) + as_html(explained) + as_markdown(explained)


if __name__ == "__main__":
    for name, make in DOCUMENTS.items():
        for ending, write in WRITERS.items():
            (GOLDEN / f"{name}.{ending}").write_text(write(make()), encoding="utf-8")
