"""Results of tests as they come from trainings, made by hand."""

from pathlib import Path

from nnrun.errors import Place, Problem
from nnrun.testing.case_result import CaseCheck, CaseResult
from nnrun.testing.case_results import CaseResults

PLACE = Place("experiments/moons.yaml", 14, 5, "  - val_accuracy >= 0.95")
PASSED = CaseResult(
    0,
    Path("experiments/xor.yaml"),
    "xor",
    "passed",
    seconds=0.9412,
    checks=(CaseCheck("binary_accuracy >= 1.0", True, "1, met first at epoch 320"),),
    metrics={"loss": 1.2e-7, "binary_accuracy": 1.0},
    log=("epoch 500  loss 1.2e-7  binary_accuracy 1",),
    seed=0,
    versions={"nnrun": "0.2.0", "keras": "3.15.1"},
)
FAILED = CaseResult(
    1,
    Path("experiments/moons.yaml"),
    "moons",
    "failed",
    1,
    seconds=2.04,
    checks=(
        CaseCheck("val_accuracy >= 0.95", False, "0.91", PLACE),
        CaseCheck("val_loss <= 0.5", True, "0.31"),
    ),
    folder=Path("runs/20261129-120000-moons"),
    metrics={"loss": 0.3, "val_loss": 0.31},
    log=("epoch 100  loss 0.3  val_loss 0.31", "diagnosis: overfitting: it | overfits. Train shorter."),
    seed=3,
)
DIVERGED = CaseResult(
    2,
    Path("a,b:c.yaml"),
    "a",
    "failed",
    3,
    problems=(Problem("loss became nan in epoch 3.", hint="Lower 100% of it."),),
)
BROKEN = CaseResult(
    3,
    Path("broken.yaml"),
    "broken",
    "error",
    2,
    problems=(Problem('Unknown setting "epoch".', Place("broken.yaml", 3, 1, "epoch: 3"), 'Did you mean "epochs"?'),),
)
SKIPPED = CaseResult(4, Path("late.yaml"), "late", "skipped")
DONE = CaseResults((PASSED, FAILED, DIVERGED, BROKEN, SKIPPED), 9.58)
