"""TensorFlow, started once for all tests of this room as a run starts it."""

import pytest

from nnrun.model.runtime import start_tensorflow


@pytest.fixture(scope="session", autouse=True)
def tensorflow() -> None:
    start_tensorflow()
