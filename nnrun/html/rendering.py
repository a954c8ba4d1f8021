"""HTML pages made from the templates in `templates/`: every value is escaped, and nothing is loaded from outside."""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from nnrun.errors import printable

if TYPE_CHECKING:  # imported lazily: light commands write no page
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"


def render_page(
    template: str, style: str, script: str = "", *, images: bool = False, connects: bool = False, **content: Any
) -> str:
    """Renders a whole page that ends in a line break.

    Its content security policy allows this style and this script, and nothing else.

    Args:
        template: the name of a template that extends `base.html`.
        style: the name of a template of CSS.
        script: the name of a file of JavaScript, run at the end of the body; a page must be readable without it.
        images: whether images that the page itself holds as `data:` addresses are allowed.
        connects: whether the script may ask the server of the page for more.
        content: what the templates show, as plain values; a text is escaped unless it is `markupsafe.Markup`.

    Raises:
        jinja2.UndefinedError: a template uses a value that `content` does not have.
    """
    environment = _environment()
    css = environment.get_template(style).render(**content)
    code = environment.get_template(script).render() if script else ""
    allowed = ["default-src 'none'", f"style-src '{_digest(css)}'"]
    allowed += [f"script-src '{_digest(code)}'"] if code else []
    allowed += ["img-src data:"] if images else []
    allowed += ["connect-src 'self'"] if connects else []
    policy = "; ".join([*allowed, "base-uri 'none'", "form-action 'none'"])
    frame = {"policy": Markup(policy), "style": Markup(css), "script": Markup(code)}
    return environment.get_template(template).render(**frame, **content)


def render_fragment(template: str, **content: Any) -> str:
    """Renders a piece of a page that others make, such as a notebook.

    Args:
        template: the name of a template.
        content: as for `render_page`.

    Raises:
        jinja2.UndefinedError: the template uses a value that `content` does not have.
    """
    return _environment().get_template(template).render(**content)


def load_templates(*names: str) -> None:
    """Compiles templates, so that the first page of a process takes no longer than the next ones."""
    for name in names:
        _environment().get_template(name)


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: printable(value) if type(value) is str else value,  # no control characters
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.policies["json.dumps_kwargs"] = {"allow_nan": False, "separators": (",", ":")}
    return environment


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
