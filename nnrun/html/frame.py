"""The frame of a page: nothing from outside, no style or script but its own, text that stays text."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from nnrun.errors import printable

BASE_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fdfdfb; --line: #d4d7db; --soft: #f1f2ee; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e6e8; --paper: #16181b; --line: #3a3f45; --soft: #1f2226; }
}
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.55 system-ui, sans-serif; }
h1, h2, h3 { line-height: 1.25; margin: 1.8em 0 .5em; }
h1 { margin-top: 0; }
h2 { border-bottom: 1px solid var(--line); padding-bottom: .2em; }
.wide { overflow: auto hidden; margin: .8em 0; }
"""


def page(title: str, body: str, style: str, script: str = "", *, images: bool = False) -> str:
    """A whole page that ends in a line break.

    Its content security policy forbids all but this very style and script.

    Args:
        title: as text.
        body: as HTML.
        style: CSS.
        script: JavaScript, run at the end of the body; the page must be whole without it.
        images: whether images that the page itself holds may be shown.
    """
    scripts = f" script-src '{_digest(script)}';" if script else ""
    pictures = " img-src data:;" if images else ""
    policy = f"default-src 'none'; style-src '{_digest(style)}';{scripts}{pictures} base-uri 'none'; form-action 'none'"
    tail = f"<script>{script}</script>\n" if script else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escaped(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n{tail}</body>\n</html>\n"
    )


def escaped(text: str) -> str:
    """Text as HTML shows it, in quotes too; control characters replaced."""
    return escape(printable(text))


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
