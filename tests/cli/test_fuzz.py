"""Whatever a file holds, `nnrun check` says yes or no in words, at once."""

import random
import time

import pytest
from mutations import mutated, override

from nnrun.cli.main import run
from nnrun.errors import printable

SECONDS = 1.0


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_file_with_mistakes_is_well_or_refused_in_words_in_less_than_a_second(count, tmp_path, capsys):
    rng = random.Random(20)
    refused = 0
    for number in range(count):
        file = tmp_path / "mutated.yaml"
        file.write_bytes(mutated(rng))
        overrides = ["--set", override(rng)] if rng.random() < 0.2 else []
        began = time.process_time()
        status = run(["check", str(file), *overrides])
        took = time.process_time() - began
        told = capsys.readouterr()
        what = f"mutation {number}: {overrides} {file.read_bytes()[:2000]!r}\n{told.err}"
        assert status in (0, 2), what
        assert bool(told.err) == (status == 2), what
        assert told.out == ("" if status else f"{file}: ok\n"), what
        assert "Traceback" not in told.err, what
        assert took < SECONDS, what
        assert printable(told.err) == told.err, what
        refused += status == 2
    assert 0.5 * count < refused < 0.98 * count
