"""The page on the diagnosis: every finding, and every threshold that a rule has."""

import re
from pathlib import Path

import pytest

from nnrun.explain import diagnosis
from nnrun.explain.diagnosis import data, layers, outcome

PAGE = (Path(__file__).parents[3] / "docs" / "diagnosis.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| ([^|]+?) \| (.*)$", PAGE, re.MULTILINE))
CODE = "".join(path.read_text(encoding="utf-8") for path in Path(diagnosis.__file__).parent.glob("*.py"))


def test_every_finding_has_its_row():
    kinds = set(re.findall(r'Finding\("([^"]+)"', CODE))
    assert len(kinds) == 13
    assert kinds == set(ROWS) - {"finding", "---"}


@pytest.mark.parametrize(
    ("kind", "threshold"),
    [
        ("no better than a constant", f"a skill below {outcome.LEARNED}"),
        ("plateau", f"from {outcome.COURSE} epochs on"),
        ("plateau", f"less than {outcome.STANDING:.0%}".replace("%", " %")),
        ("plateau", f"between {outcome.LEARNED} and {outcome.GOOD}"),
        ("unfinished", f"it explains {outcome.STEADY:.0%}".replace("%", " %")),
        ("unfinished", f"by {outcome.STEEP:.0%} or more".replace("%", " %")),
        ("unfinished", f"accuracy is below {outcome.REACHED_ACCURACY} or skill below {outcome.REACHED_SKILL}"),
        ("overfitting", f"rose by more than {outcome.RISEN:.0%}".replace("%", " %")),
        ("overfitting", f"gave back more than {outcome.GIVEN_BACK:.0%}".replace("%", " %")),
        ("dead units", f"{layers.MOST_SILENT:.0%} or more".replace("%", " %")),
        ("saturated units", f"{layers.MOST_SATURATED:.0%} or more".replace("%", " %")),
        ("saturated units", f"within {layers.SATURATED:.0%}".replace("%", " %")),
        ("vanishing gradient", f"1/{1 / layers.VANISHED:,.0f}"),
        ("vanishing gradient", f"above {layers.SUCCESS}"),
        ("exploding gradient", f"{layers.EXPLODED:,.0f} times"),
        ("unscaled inputs", f"beyond {data.LARGE:g}"),
        ("unscaled inputs", f"more than {data.UNLIKE:,.0f} times"),
        ("unscaled targets", f"beyond {data.LARGE:g}"),
        ("unscaled targets", f"below {outcome.LEARNED}"),
        ("exploding gradient", f"above {layers.SUCCESS}"),
        ("imbalanced classes", f"{data.IMBALANCED:g} times"),
        ("repeated rows", f"more than {data.BEYOND_CHANCE:g} times"),
        ("repeated rows", f"more than {data.REPEATED:.0%}".replace("%", " %")),
    ],
)
def test_every_threshold_stands_in_its_row(kind, threshold):
    assert threshold in ROWS[kind]
