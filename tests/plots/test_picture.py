"""Pictures as values, and the files drawn of them."""

from __future__ import annotations

import pytest

from nnrun.plots.picture import KINDS, Picture, draw, drawings
from nnrun.plots.style import DARK


def files(*pictures: Picture, form: str | None = None) -> list[str]:
    return [drawing.file for drawing in drawings(pictures, form=form)]  # type: ignore[arg-type]


def test_a_picture_is_a_png_the_network_an_svg_too_and_the_animation_a_gif() -> None:
    assert files(Picture("history", {}), Picture("network", {}), Picture("learning", {})) == [
        *("history.png", "network.svg", "network.png", "learning.gif")
    ]


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_a_format_holds_for_all_but_the_animation(form: str) -> None:
    every = [Picture(kind, {}) for kind in KINDS]
    assert files(*every, form=form) == [f"{kind}.gif" if kind == "learning" else f"{kind}.{form}" for kind in KINDS]


def test_the_pictures_of_several_outputs_have_the_outputs_names() -> None:
    assert files(Picture("confusion", {}, of="digit")) == ["confusion-digit.png"]


def test_a_look_reaches_what_draws() -> None:
    picture = Picture("history", {"history": {"loss": [1.0, 0.5]}, "title": "xor"})
    light, dark = (draw(next(drawings([picture], *theme))).data for theme in ((), (DARK,)))
    assert light != dark


def test_arguments_that_do_not_fit_are_a_failure_and_no_error() -> None:
    drawn = draw(next(drawings([Picture("history", {"nonsense": 1})])))
    assert drawn.data is None
    assert drawn.failure is not None
    assert drawn.failure.startswith("TypeError: ")
