"""What `nnrun test` prints."""

import pytest
from tested_results import BROKEN, DIVERGED, DONE, FAILED, PASSED, SKIPPED

from nnrun.cli.tested_output import CaseProgress, print_results, workflow_annotations

EXPECTED = {
    "passed": (PASSED, "passed   experiments/xor.yaml  0.9 s  loss 1.2e-7\n"),
    "failed": (
        FAILED,
        """\
FAILED   experiments/moons.yaml  2.0 s  val_loss 0.31
  FAILED  val_accuracy >= 0.95  0.91
  passed  val_loss <= 0.5       0.31
  epoch 100  loss 0.3  val_loss 0.31
  diagnosis: overfitting: it | overfits. Train shorter.
  run: runs/20261129-120000-moons
""",
    ),
    "diverged": (DIVERGED, "FAILED   a,b:c.yaml  0.0 s\n  loss became nan in epoch 3.\n    Lower 100% of it.\n"),
    "not valid": (
        BROKEN,
        """\
ERROR    broken.yaml  0.0 s
  broken.yaml:3:1: Unknown setting "epoch".
      epoch: 3
      ^
    Did you mean "epochs"?
""",
    ),
}

TABLE = """
experiment              result   seconds  expectations
experiments/xor.yaml    passed   0.9      1 of 1
experiments/moons.yaml  FAILED   2.0      1 of 2
a,b:c.yaml              FAILED   0.0
broken.yaml             ERROR    0.0
late.yaml               skipped  0.0

1 passed, 2 failed, 1 error, 1 skipped in 9.6 s
"""


@pytest.mark.parametrize("name", EXPECTED)
def test_a_result_is_a_line_and_what_failed_is_told_below_it(name, capsys):
    result, text = EXPECTED[name]
    CaseProgress(quiet=False).on_result(result)
    assert capsys.readouterr() == (text, "")


def test_a_quiet_test_tells_what_failed_alone_and_how_many_passed(capsys):
    listener = CaseProgress(quiet=True)
    listener.on_result(PASSED)
    assert capsys.readouterr().out == ""
    listener.on_result(DIVERGED)
    print_results(DONE, quiet=True)
    assert capsys.readouterr().out == f"{EXPECTED['diverged'][1]}{TABLE.splitlines()[-1]}\n"


def test_the_table_at_the_end_has_every_experiment(capsys):
    print_results(DONE, quiet=False)
    assert capsys.readouterr().out == TABLE


def test_a_workflow_shows_what_failed_at_its_line_with_the_escapes_of_github():
    assert list(workflow_annotations(DONE)) == [
        "::error file=experiments/moons.yaml,line=14,col=5,title=nnrun test::expected val_accuracy >= 0.95 (0.91)",
        "::error file=a%2Cb%3Ac.yaml,title=nnrun test::loss became nan in epoch 3.%0ALower 100%25 of it.",
        '::error file=broken.yaml,line=3,col=1,title=nnrun test::Unknown setting "epoch".%0ADid you mean "epochs"?',
    ]


def test_a_skipped_experiment_has_a_line_of_its_own_in_the_table_alone(capsys):
    print_results(DONE.__class__((SKIPPED,), 0.0), quiet=False)
    assert capsys.readouterr().out == "1 skipped in 0.0 s\n"
