"""What becomes of missing cells: NaN in numbers, -1 in the codes of texts."""

from __future__ import annotations

from typing import Literal

MissingPolicy = Literal["refuse", "drop", "mean", "median", "constant", "indicator"]
