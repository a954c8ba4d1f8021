"""Pictures of matplotlib as part of a page: no style of their own, in the page's colours, light and dark."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from markupsafe import Markup

from nnrun.errors import printable
from nnrun.plots.style import DARK, LIGHT, Theme

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_FONT = re.compile(r"(?P<size>[\d.]+px)\s")
_LEFT_OUT = ("metadata", "style", "title")
_SIZES = ("width", "height")
_PATTERN = re.compile(r"url\(#")
_COLORED = ("fill", "stroke")
_MARKUP = 200  # bytes of a figure beside its picture and its caption

ElementTree.register_namespace("", _SVG.strip("{}"))


def inline_svg(name: str, caption: str, svg: bytes) -> Markup:
    """A picture as an SVG element of the page.

    A page's content security policy forbids styles of elements, so they become attributes; the page's own style turns
    the colours of the light theme into those of the dark one.

    Args:
        name: of the picture; no two of a page have the same.
        caption: what it shows.
        svg: the file, in the light theme, as matplotlib writes it.
    """
    root = ElementTree.fromstring(svg)
    for size in _SIZES:
        root.attrib.pop(size, None)
    root.set("role", "img")
    root.set("aria-label", printable(caption))
    _clean(root, f"{name}-")
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _clean(element: ElementTree.Element, prefix: str) -> None:
    """Turns styles into attributes and makes names those of this picture alone, in all that the element holds."""
    element.tag = element.tag.removeprefix(_SVG)
    for name, value in _attributes(element.attrib.pop("style", "")):
        element.set(name, value)
    for name, value in list(element.attrib.items()):
        if name == "id":
            element.set(name, prefix + value)
        elif name == _LINK:
            del element.attrib[name]
            element.set("href", f"#{prefix}{value[1:]}" if value.startswith("#") else value)
        else:
            element.set(name, _PATTERN.sub(f"url(#{prefix}", value))
    for child in list(element):
        if child.tag.removeprefix(_SVG) in _LEFT_OUT:
            element.remove(child)
        else:
            _clean(child, prefix)
            if element.tag == "defs":  # drawn elsewhere by <use>, which has the same colours and meets the page's style
                for color in _COLORED:
                    child.attrib.pop(color, None)


def _attributes(style: str) -> list[tuple[str, str]]:
    """A style as attributes; of a font only its size."""
    found = []
    for part in filter(None, (part.strip() for part in style.split(";"))):
        name, _, value = (piece.strip() for piece in part.partition(":"))
        if name == "font":
            size = _FONT.search(f"{value} ")
            found += [("font-size", size["size"])] if size else []
        else:
            found.append((name, value))
    return found


def dark_colors() -> list[tuple[str, str]]:
    """Each colour of the light theme with the one that takes its place on a dark page."""
    pairs = zip(_colors(LIGHT), _colors(DARK), strict=True)
    return list(dict.fromkeys((light, dark) for light, dark in pairs if light != dark))


def _colors(theme: Theme) -> list[str]:
    return [theme.ink, theme.faint_ink, theme.grid, theme.frame, theme.paper, theme.warning, theme.empty, *theme.series]


def embed_svg(pictures: Sequence[tuple[str, str, bytes]], room: int) -> tuple[list[tuple[str, Markup]], list[str]]:
    """Caption and SVG of the pictures that have room, and the names of the others.

    Args:
        pictures: name, caption and SVG of each.
        room: how many bytes of the page they may take.
    """
    figures, left_out = [], []
    for name, caption, data in pictures:
        svg = inline_svg(name, caption, data)
        size = len(svg.encode()) + len(caption.encode()) + _MARKUP
        if size <= room:
            room -= size
            figures.append((caption, svg))
        else:
            left_out.append(name)
    return figures, left_out
