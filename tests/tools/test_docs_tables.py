"""README and pages as code: experiments are experiments, commands exist, generated tables are in step."""

import json
import re
import shlex
import shutil

import click
import numpy as np
import polars as pl
import pytest
from image_files import class_folders, picture, save

from experiments import EXPERIMENTS, SHIPPED, written
from nnrun.cli.main import nnrun
from nnrun.errors import Reported
from nnrun.experiment.schema.schema import schema_text
from nnrun.experiment.text.dump import dump
from nnrun.experiment.text.yaml_text import parse_document
from tools import docs_tables as docs

ROOT = EXPERIMENTS.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = [README, *sorted(DOCS.glob("*.md"))]
TEXTS = {page.name: page.read_text(encoding="utf-8") for page in PAGES}

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^|&& |\()(nnrun (?:'[^'\n]*'|[^)|>&\n'])*)", re.MULTILINE)
INLINE = re.compile(r"`(nnrun [^`]*)`")
LINK = re.compile(r"\]\(([^)]+)\)")

# What a block needs besides to be an experiment.
REST = {
    "data": {"generator": "moons"},
    "layers": [{"Dense": {"units": 1}}],
    "optimizer": "adam",
    "loss": "mse",
    "epochs": 1,
}


def blocks(*kinds: str) -> list[tuple[str, str]]:
    """The blocks of these kinds on all pages, each with its page."""
    return [(page, text) for page, whole in TEXTS.items() for kind, text in BLOCK.findall(whole) if kind in kinds]


def plain_blocks() -> list[tuple[str, str]]:
    """The blocks of YAML without code of one's own, which only `tests/test_own_parts.py` runs."""
    return [(page, text) for page, text in blocks("yaml") if "custom:" not in text and "python:" not in text]


def block_lines() -> list[tuple[str, str]]:
    """The command lines in blocks, whole ones and forms with brackets."""
    return sorted({(page, line) for page, text in blocks("") for line in COMMAND.findall(text)})


def inline_lines() -> list[tuple[str, str]]:
    """The command lines in running text, which may leave out what must be given."""
    return sorted({(page, line) for page, whole in TEXTS.items() for line in INLINE.findall(BLOCK.sub("", whole))})


@pytest.fixture(scope="module")
def beside(tmp_path_factory):
    """A folder with the CSV file that the pages show, and with the other files that they name."""
    folder = tmp_path_factory.mktemp("beside")
    ((_, text),) = blocks("csv")
    (folder / "flowers.csv").write_text(text, encoding="utf-8")
    signals = {f"s{part}": np.ones((6, 20, 2)) for part in ("", "_test")}
    faults = {f"f{part}": ["none", "bearing", "gear"] * 2 for part in ("", "_test")}
    np.savez(folder / "signals.npz", **signals, **faults)
    cities, prices = ["Bern", "Oslo", "Rome"], [1.0, 2.0, 3.0]
    np.savez(folder / "houses.npz", area=[50.0, 80.0, np.nan], city=cities, price=prices)
    houses = "# sold by us\nsold;area;city;price\n2026-11-01;90,5;Bern;500\n2026-11-29;120,25;Köln;700,5\n"
    days = [f"2026-{month:02}-{day:02},{month},{day}\n" for month in range(1, 11) for day in range(1, 29)]
    (folder / "weather.csv").write_text("date,rain,temperature\n" + "".join(days), encoding="utf-8")
    (folder / "houses.csv").write_text(houses, encoding="cp1252")
    (folder / "signals").mkdir()
    for name in ("signals/2026", "fault", "weights", "patient"):
        np.save(folder / f"{name}.npy", np.arange(10) % 5)
    flowers = pl.read_csv(text.encode())
    flowers.write_parquet(folder / "flowers.parquet")
    flowers.write_ndjson(folder / "flowers.jsonl")
    class_folders(folder / "flowers", ("aster", "daisy", "lily", "rose", "tulip"), rows=5)
    for name in ("a.png", "b.png"):
        save(folder / "scans" / name, picture(8, 8))
    (folder / "scans" / "labels.csv").write_text("file,patient,finding\na.png,1,0.5\nb.png,2,1.5\n")
    (folder / "reviews.csv").write_text("text,label\ngood,up\nbad,down\nso good,up\nso bad,down\nfine,up\n")
    return folder


@pytest.mark.parametrize(("page", "text"), plain_blocks())
def test_every_yaml_block_is_an_experiment_or_a_part_of_one(page, text, beside):
    settings = parse_document(text, page).value
    rest = REST if "outputs" not in settings else {key: value for key, value in REST.items() if key != "loss"}
    assert written(dump({**rest, **settings}), beside).epochs > 0


@pytest.mark.parametrize(("page", "text"), blocks("json"))
def test_every_json_block_is_json(page, text):
    assert json.loads(text)


@pytest.mark.parametrize(("page", "line"), block_lines() + inline_lines())
def test_every_command_line_exists_with_its_options_and_files(page, line):
    _, name, *words = shlex.split(re.sub(r"[\[\]…]|--debug|--allow-code", " ", line))
    command = nnrun.commands[name] if name != "COMMAND" else nnrun
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if len(word) > 1 and word.startswith("-")} <= options
    for word in words:
        if word.startswith("experiments/"):
            assert list(ROOT.glob(word)), word


@pytest.mark.parametrize(("page", "line"), [(page, line) for page, line in block_lines() if not set("[…") & set(line)])
def test_every_whole_command_line_is_one_that_the_command_takes(page, line, monkeypatch):
    monkeypatch.setattr("nnrun.store.references.find_run", lambda name, runs_dir, *, sweeps=False: ROOT / name)
    _, name, *words = shlex.split(line.replace(" --allow-code", ""))
    context = nnrun.commands[name].make_context(name, words)  # raises where the command would refuse the words
    assert context.command.name == name


def test_the_pages_hold_command_lines_and_experiments():
    assert len(block_lines()) > 15
    assert len(inline_lines()) > 3
    assert len(blocks("yaml")) >= 6


def headings(page):
    """The headings of a page as links name them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {title.lower().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_to_another_page_leads_somewhere(page):
    for target in LINK.findall(TEXTS[page.name]):
        path, _, heading = target.partition("#")
        if not target.startswith("http"):
            other = (page.parent / path) if path else page
            assert other.exists(), target
            assert not heading or heading in headings(other), target


def test_the_generated_tables_are_in_step():
    assert docs.main(["--check", str(DOCS)]) == 0


def test_a_table_out_of_step_is_reported_and_written_anew(tmp_path, capsys):
    shutil.copytree(DOCS, tmp_path, dirs_exist_ok=True)
    commands = tmp_path / "commands.md"
    whole = commands.read_text(encoding="utf-8")
    commands.write_text(whole.replace("| `--diff` |", "| `--difference` |"), encoding="utf-8")
    assert docs.main(["--check", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"{commands} is out of date; run python -m tools.docs_tables\n"
    assert docs.main([str(tmp_path)]) == 0
    assert commands.read_text(encoding="utf-8") == whole


def test_a_schema_out_of_step_is_reported_and_written_anew(tmp_path, capsys):
    assert docs.main(["--check", str(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith(f"{tmp_path / docs.SCHEMA} is out of date; ")
    assert docs.main([str(tmp_path)]) == 0
    assert (tmp_path / docs.SCHEMA).read_text(encoding="utf-8") == schema_text()


def test_a_page_that_asks_for_what_nothing_generates_is_an_error():
    with pytest.raises(KeyError, match="nothing"):
        docs.render("<!-- generated: nothing -->\n<!-- end -->")


def test_every_command_has_its_section_on_the_page_that_the_readme_links():
    assert "(docs/commands.md)" in TEXTS["README.md"]
    for name, command in nnrun.commands.items():
        assert f"\n## {name}\n\n<!-- generated: command {name} -->" in TEXTS["commands.md"]
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert any(option in TEXTS["commands.md"] for option in parameter.opts), parameter.name


@pytest.mark.parametrize("page", ["README.md", "commands.md"])
def test_the_exit_status_of_every_error_is_listed(page):
    def below(kind: type[Reported]) -> set[type[Reported]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    rows = re.findall(r"^\| (\d[\d, ]*) \|", TEXTS[page], re.MULTILINE)
    listed = {int(number) for row in rows for number in row.split(",")}
    assert {kind.exit_status for kind in below(Reported)} | {0, 1, 141} == listed


def test_the_changelog_counts_the_experiments():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "Eighteen experiments" in changelog
    assert len(SHIPPED) == 18
