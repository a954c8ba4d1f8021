"""The frame of a page."""

import base64
import hashlib
import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from nnrun.errors import printable
from nnrun.html.frame import escaped, page


@given(st.text())
def test_escaped_text_holds_no_markup_and_reads_back(text):
    html = escaped(text)
    assert not set("<>\"'") & set(html)
    assert unescape(html) == printable(text)


def test_the_policy_allows_just_this_style_and_this_script():
    html = page("a < b", "<p>body</p>", "p {}", "run()", images=True)

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    (policy,) = re.findall(r'Security-Policy" content="([^"]*)"', html)
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest('p {}')}'; script-src 'sha256-{digest('run()')}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert "<title>a &lt; b</title>" in html


def test_a_page_without_script_and_images_allows_neither():
    html = page("a", "", "p {}")
    assert "script" not in html
    assert "img-src" not in html
