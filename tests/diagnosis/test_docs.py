"""The documentation of the diagnosis: every finding, and every threshold of a rule."""

import re
from pathlib import Path

import pytest

from nnrun import diagnosis
from nnrun.diagnosis import data_findings, layer_findings, output_findings, remedies, training_findings

PAGE = (Path(__file__).parents[2] / "docs" / "diagnosis.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| ([^|]+?) \| (.*)$", PAGE, re.MULTILINE))
CODE = "".join(path.read_text(encoding="utf-8") for path in Path(diagnosis.__file__).parent.glob("*.py"))


def test_every_finding_has_its_row():
    kinds = set(re.findall(r'Finding\("([^"]+)"', CODE))
    assert len(kinds) == 15
    assert kinds == set(ROWS) - {"finding", "---"}


@pytest.mark.parametrize(
    ("kind", "threshold"),
    [
        ("no better than a baseline", f"a skill below {training_findings.LEARNED}"),
        ("unreachable targets", f"more than {output_findings.BEYOND:.0%}".replace("%", " %")),
        ("plateau", f"from {training_findings.LEAST_EPOCHS} epochs on"),
        ("plateau", f"less than {training_findings.IMPROVED:.0%}".replace("%", " %")),
        ("plateau", f"between {training_findings.LEARNED} and {training_findings.GOOD}"),
        ("not converged", f"it explains {training_findings.STEADY:.0%}".replace("%", " %")),
        ("not converged", f"by {training_findings.STEEP:.0%} or more".replace("%", " %")),
        (
            "not converged",
            f"accuracy is below {training_findings.REACHED_ACCURACY} or skill below {training_findings.REACHED_SKILL}",
        ),
        ("overfitting", f"rose by more than {training_findings.RISEN:.0%}".replace("%", " %")),
        ("overfitting", f"gave back more than {training_findings.GIVEN_BACK:.0%}".replace("%", " %")),
        ("dead units", f"{layer_findings.MOST_DEAD:.0%} or more".replace("%", " %")),
        ("saturated units", f"{layer_findings.MOST_SATURATED:.0%} or more".replace("%", " %")),
        ("saturated units", f"within {layer_findings.SATURATED:.0%}".replace("%", " %")),
        ("saturated units", f"weights of {layer_findings.LARGE_WEIGHTS:g}"),
        ("no better than a baseline", f"{remedies.FAR:g} times"),
        ("vanishing gradient", f"1/{1 / layer_findings.VANISHED:,.0f}"),
        ("vanishing gradient", f"above {layer_findings.SUCCESS}"),
        ("exploding gradient", f"{layer_findings.EXPLODED:,.0f} times"),
        ("unscaled inputs", f"beyond {data_findings.LARGE:g}"),
        ("unscaled inputs", f"more than {data_findings.UNLIKE:,.0f} times"),
        ("unscaled targets", f"beyond {data_findings.LARGE:g}"),
        ("unscaled targets", f"below {training_findings.LEARNED}"),
        ("exploding gradient", f"above {layer_findings.SUCCESS}"),
        ("imbalanced classes", f"{data_findings.IMBALANCED:g} times"),
        ("duplicate rows", f"more than {data_findings.MORE_THAN_EXPECTED:g} times"),
        ("duplicate rows", f"more than {data_findings.REPEATED:.0%}".replace("%", " %")),
    ],
)
def test_every_threshold_is_in_its_row(kind, threshold):
    assert threshold in ROWS[kind]
