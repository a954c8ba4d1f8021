"""Whatever a file holds, `nnrun check` accepts or refuses it at once; known mistakes at their line, in their words."""

import random
import re

import pytest
from busy import busy_seconds
from known_mutations import TEXTS, harmless, mistakes
from mutations import mutated, override

from experiments import SHIPPED
from nnrun.cli.main import run
from nnrun.errors import MOST_PROBLEMS, printable

SECONDS = 1.0
REST = "data: {generator: moons}\nlayers: [{Dense: {units: 1}}]\noptimizer: adam\nloss: mse\nepochs: 1\n"


def many(number, entry):
    return ",".join(entry.replace("#", str(position)) for position in range(number))


# Files of nearly 64 KiB, each full of the same mistake.
FULL = {
    "entries of another type": f"{REST}expect: [{many(30_000, '0')}]\n",
    "unknown names": f"{REST}metrics: [{many(30_000, 'a')}]\n",
    "unknown settings": REST + "".join(f"k{number}: 1\n" for number in range(6000)),
    "unknown layers": REST.replace("{Dense: {units: 1}}", many(12_000, "Dens")),
    "unknown layers in a layer": REST.replace(
        "Dense: {units: 1}", f"StackedRNNCells: {{cells: [{many(10_000, 'Dens')}]}}"
    ),
    "unknown inputs": REST.replace("{Dense: {units: 1}}", f"ReLU, {{Add: {{inputs: [{many(30_000, 'q')}]}}}}"),
    "unknown inputs of many layers": REST.replace("{Dense: {units: 1}}", many(3000, "{ReLU: {inputs: q}}")),
    "a cycle of layers": REST.replace("{Dense: {units: 1}}", f"{{ReLU: {{inputs: re_lu_2500}}}},{many(2499, 'ReLU')}"),
    "idle layers": REST.replace("{Dense: {units: 1}}", many(2500, "{ReLU: {inputs: input}}") + ",ReLU")
    + "outputs: re_lu\n",
    "wrong cells": REST.replace("moons", f"{{table: {{columns: [a, b], rows: [{many(9000, '[x,y]')}]}}}}"),
    "repeated columns": REST.replace("moons", f"{{table: {{columns: [{many(29_000, 'a')}], rows: [[1]]}}}}"),
    "a short row": REST.replace("moons", f"{{table: {{columns: [{many(9000, 'c#')}], rows: [[1]]}}}}"),
    "unknown columns": REST.replace("moons", f"{{function: {{samples: 9, {many(5000, 'c#: d')}}}}}"),
    "short points": f"{REST}predict: [{many(15_000, '[1]')}]\n",
    "unknown outputs": f"{REST}outputs: [{many(30_000, 'q')}]\n",
    "repeated outputs": f"{REST}outputs: [{many(10_000, 'dense')}]\n",
    "wrong expectations": f"{REST}expect: [{many(30_000, 'q')}]\n",
}


def timed_check(bound, file, capsys, *options):
    """The seconds, the exit status and the output of `nnrun check`."""
    answers = []

    def check():
        answers[:] = [run(["check", str(file), *options]), capsys.readouterr()]

    return busy_seconds(check, bound), *answers


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in FULL.items()])
def test_a_file_full_of_one_mistake_is_told_by_its_first_cases_in_less_than_two_seconds(text, tmp_path, capsys):
    file = tmp_path / "full.yaml"
    file.write_text(text)
    took, status, told = timed_check(2 * SECONDS, file, capsys)
    assert status == 2
    assert took < 2 * SECONDS
    assert 0 < len(told.err) < 120_000
    assert told.err.count(str(file)) <= 2 * MOST_PROBLEMS


@pytest.mark.parametrize("count", [200, pytest.param(10_000, marks=pytest.mark.slow)])
def test_a_file_with_mistakes_is_well_or_refused_in_words_in_less_than_a_second(count, tmp_path, capsys):
    rng = random.Random(20)
    refused = 0
    for number in range(count):
        file = tmp_path / "mutated.yaml"
        file.write_bytes(mutated(rng))
        overrides = ["--set", override(rng)] if rng.random() < 0.2 else []
        took, status, told = timed_check(SECONDS, file, capsys, *overrides)
        what = f"mutation {number}: {overrides} {file.read_bytes()[:2000]!r}\n{told.err}"
        assert status in (0, 2), what
        assert bool(told.err) == (status == 2 or ": warning: " in told.err), what
        assert (told.out.partition(" (")[0].rstrip() == f"{file}: ok") if status == 0 else told.out == "", what
        assert "Traceback" not in told.err, what
        assert took < SECONDS, what
        assert printable(told.err) == told.err, what
        refused += status == 2
    assert 0.5 * count < refused < 0.98 * count


# To check a sweep takes ten times as long as a run.
@pytest.mark.parametrize(
    ("seed", "of_a_sweep"), [(0, 1), *(pytest.param(seed, 3, marks=pytest.mark.slow) for seed in range(10))]
)
def test_a_known_mistake_is_the_first_error_at_its_line_and_in_its_words(seed, of_a_sweep, tmp_path, capsys):
    rng = random.Random(seed)
    file = tmp_path / "x.yaml"
    sorts = set()
    for text in TEXTS:
        for sort, mistake in mistakes(text, rng, of_a_sweep if "sweep:" in text else 3):
            file.write_text(mistake.text, encoding="utf-8")
            what = f"{sort}:\n{mistake.text}"
            assert run(["check", str(file), *mistake.options]) == 2, what
            told = capsys.readouterr().err
            first = re.split(rf"^(?={re.escape(str(file))}:\d|--set )", told, flags=re.MULTILINE)[1]
            if mistake.line:
                assert first.startswith(f"{file}:{mistake.line}:"), f"{what}\n{told}"
            for words in mistake.words:
                assert words in first, f"{what}\n{told}"
            sorts.add(sort)
    assert len(sorts) == 9


@pytest.mark.parametrize("text", TEXTS, ids=SHIPPED)
def test_another_way_of_writing_changes_nothing(text, tmp_path, capsys):
    def resolved(text: str) -> str:
        file.write_text(text, encoding="utf-8", newline="")
        assert run(["show-config", str(file)]) == 0, f"{text}\n{capsys.readouterr().err}"
        return capsys.readouterr().out

    rng = random.Random(text)
    file = tmp_path / "x.yaml"
    plain = resolved(text)
    for _ in range(8):
        other = harmless(text, rng)
        assert resolved(other) == plain, other
