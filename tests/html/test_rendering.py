"""Pages from templates: what their policy allows, and that text stays text."""

import base64
import hashlib
import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from nnrun.errors import printable
from nnrun.html.rendering import render_page

BLOCKS = [{"kind": "paragraph", "text": "body"}]


def page(text: str, **options) -> str:
    return render_page("walkthrough.html", "base.css", title=text, blocks=BLOCKS, **options)


@given(st.text())
def test_escaped_text_holds_no_markup_and_reads_back(text):
    (html,) = re.findall(r"<title>(.*)</title>", page(text), re.DOTALL)
    assert not set("<>\"'") & set(html)
    assert unescape(html) == printable(text)


def test_the_policy_allows_just_this_style_and_this_script():
    html = page("a < b", script="drawing.js", images=True)
    digests = []
    for element in ("style", "script"):
        (content,) = re.findall(rf"<{element}>(.*)</{element}>", html, re.DOTALL)
        digests.append(base64.b64encode(hashlib.sha256(content.encode()).digest()).decode())
    (policy,) = re.findall(r'Security-Policy" content="([^"]*)"', html)
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digests[0]}'; script-src 'sha256-{digests[1]}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert "<title>a &lt; b</title>" in html


def test_a_page_without_script_and_images_allows_neither():
    html = page("a")
    assert "script" not in html
    assert "img-src" not in html


def test_a_value_that_is_missing_is_an_error_and_no_gap():
    with pytest.raises(UndefinedError, match="'blocks' is undefined"):
        render_page("walkthrough.html", "base.css", title="a")
