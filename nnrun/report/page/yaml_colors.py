"""An experiment file with its keys, quoted texts and comments in colours."""

from markupsafe import Markup

from nnrun.errors import printable

# Longer lines are not coloured: the time that Pygments takes grows with the square of their length.
_LONGEST_LINE = 1000


def colored_yaml(text: str) -> Markup:
    """The text as HTML, an element per line; nothing of it is lost or added."""
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers.data import YamlLexer

    lines = [printable(line) for line in text.splitlines()]
    row = Markup('<span class="row">{}\n</span>')
    if lines and max(map(len, lines)) <= _LONGEST_LINE:
        whole = "".join(f"{line}\n" for line in lines)
        colored = highlight(whole, YamlLexer(stripnl=False), HtmlFormatter(nowrap=True))
        return Markup().join(row.format(Markup(line)) for line in colored.splitlines())
    return Markup().join(row.format(line) for line in lines)
