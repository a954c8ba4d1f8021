"""Numbers that an Embedding looks up are held against its table before anything is built."""

import numpy as np
import pytest

from experiments import written
from nnrun.errors import ExperimentError
from nnrun.model.index_check import check_indices

TEXT = """
data: {{generator: {{table: {{columns: [a, b, y], rows: [[0, 1, 0], [1, 0, 1]]}}}}}}
layers: [{before}{{Embedding: {{input_dim: 3, output_dim: 2, name: words}}}}, Flatten, {{Dense: {{units: 1}}}}]
optimizer: sgd
loss: mse
epochs: 1
"""


def check(numbers: list[list[float]], before: str = "") -> None:
    check_indices(written(TEXT.format(before=before)), [np.float32(numbers)])


@pytest.mark.parametrize("before", ["", "{Reshape: {target_shape: [2, 1]}}, ", "Flatten, "])
def test_a_number_beyond_the_table_is_refused_with_the_size_that_would_do(before: str) -> None:
    told = (
        r'^test\.yaml:3:\d+: The layer "words" \(Embedding\) takes whole numbers from 0 to 2\. Received: 3\n'
        r"(.*\n)+  Give it input_dim: 5\.$"
    )
    with pytest.raises(ExperimentError, match=told):
        check([[0, 3], [4, 1]], before)


def test_no_size_would_do_for_a_number_below_0() -> None:
    with pytest.raises(ExperimentError, match=r"Received: -1\n(?!(.*\n)*.*Give it)"):
        check([[0, -1]])


def test_numbers_of_the_table_pass_and_are_cut_to_whole_ones_as_keras_cuts_them() -> None:
    check([[0, 2.9], [-0.5, 1]])


def test_what_a_layer_makes_of_the_numbers_is_not_known() -> None:
    check([[9, 9]], "{Rescaling: {scale: 0.1}}, ")
