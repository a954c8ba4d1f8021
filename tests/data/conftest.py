"""A Keras home with small files in the formats of the downloaded sets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from keras_sets import small_keras_home


@pytest.fixture(scope="session")
def keras_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Keras home whose files are the expected ones."""
    with small_keras_home(tmp_path_factory.mktemp("keras")) as home:
        yield home
