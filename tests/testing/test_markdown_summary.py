"""The results as Markdown."""

from tested_results import DONE

from nnrun.testing.markdown_summary import in_short, markdown_summary

EXPECTED = """\
## nnrun test: 1 passed, 2 failed, 1 error, 1 skipped in 9.6 s

| experiment | result | seconds | expectations |
| --- | --- | --- | --- |
| `experiments/xor.yaml` | ✔ passed | 0.9 | 1 of 1 |
| `experiments/moons.yaml` | ✘ failed | 2.0 | 1 of 2 |
| `a,b:c.yaml` | ✘ failed | 0.0 |  |
| `broken.yaml` | ✘ error | 0.0 |  |
| `late.yaml` | – skipped | 0.0 |  |

### experiments/moons.yaml

| expectation |  | found |
| --- | --- | --- |
| `val_accuracy >= 0.95` | ✘ | 0.91 |
| `val_loss <= 0.5` | ✔ | 0.31 |

```
epoch 100  loss 0.3  val_loss 0.31
diagnosis: overfitting: it | overfits. Train shorter.
```

Run: runs/20261129-120000-moons

### a,b:c.yaml

```
loss became nan in epoch 3.
  Lower 100% of it.
```

### broken.yaml

```
broken.yaml:3:1: Unknown setting "epoch".
    epoch: 3
    ^
  Did you mean "epochs"?
```
"""


def test_the_summary_has_a_table_of_all_experiments_and_the_details_of_those_that_failed():
    assert markdown_summary(DONE) == EXPECTED


def test_counts_that_are_zero_are_left_out():
    assert in_short(DONE) == "1 passed, 2 failed, 1 error, 1 skipped in 9.6 s"
