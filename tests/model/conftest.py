"""TensorFlow, started once for the tests here that need it, as a run starts it."""

import pytest

from nnrun.model.runtime import start_tensorflow


@pytest.fixture(scope="session")
def tensorflow() -> None:
    start_tensorflow()


@pytest.fixture(autouse=True)
def tensorflow_if_needed(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("keras"):
        request.getfixturevalue("tensorflow")
