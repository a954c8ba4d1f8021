"""From a file to an `Experiment`: the shipped experiments, overrides, defaults, and the resolved form."""

from __future__ import annotations

import hashlib
import pickle
import random
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from busy import busy_seconds
from hypothesis import given
from hypothesis import strategies as st

from nnrun.data.files.data_files import DataFiles
from nnrun.data.generate import generate
from nnrun.errors import ExperimentError, Place
from nnrun.experiment.experiment import Component, DataSettings, Experiment
from nnrun.experiment.schema.catalog import load_catalog
from nnrun.experiment.schema.envelope import NAME_PATTERN
from nnrun.experiment.schema.schema import experiment_schema
from nnrun.experiment.text.dump import dump
from nnrun.experiment.text.yaml_text import MAX_BYTES, parse_document
from nnrun.experiment.threshold import Threshold
from nnrun.load import default_name, load_experiment

Write = Callable[..., Path]

FOLDER = Path(__file__).parents[1] / "experiments"
SHIPPED = sorted(FOLDER.glob("*.yaml"))
EVERY = pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
SMALL = """\
data: {generator: moons}
layers:
  - Dense: {units: 8, activation: relu}
  - Dense: {units: 1, kernel_initializer: {RandomNormal: {stddev: 1}}}
optimizer: adam
loss: mse
epochs: 10
"""
WIRED = """\
data:
  generator: {table: {columns: [a, b, c, d], rows: [[1, 2, 3, 4], [5, 6, 7, 8]], target: [c, d]}}
  validation_split: 0.5
layers:
  - Input: {name: left, columns: [a]}
  - Input: {name: b}
  - Dense: {units: 3, inputs: left, name: hidden}
  - Concatenate: {inputs: [hidden, b]}
  - Dense: {units: 1, name: c}
  - Dense: {units: 1, name: other, inputs: concatenate}
outputs:
  c: {loss: mae}
  other: {metrics: [mae, {MeanSquaredError: {name: error}}], loss_weight: 2}
optimizer: {SGD: {learning_rate: {ExponentialDecay: {initial_learning_rate: 1, decay_steps: 10, decay_rate: 0.9}}}}
loss: mse
epochs: 3
predict: [[1, 2]]
expect: [val_c_loss < 1]
"""


def without_places(value: Any) -> Any:
    """An experiment, or a part of one, without the places where its parts stand."""
    if isinstance(value, Component):
        arguments = {key: without_places(part) for key, part in value.arguments.items()}
        return replace(value, arguments=arguments, place=None, places={})
    if isinstance(value, list | tuple):
        return [without_places(part) for part in value]
    if hasattr(value, "__dataclass_fields__"):
        return type(value)(**{name: without_places(getattr(value, name)) for name in value.__dataclass_fields__})
    return value


def comparable(experiment: Experiment) -> Experiment:
    return without_places(replace(experiment, expect_places=(), source=b""))  # type: ignore[no-any-return]


def problems_of(path: Path, *overrides: str, name: str | None = None) -> list[tuple[str, Place | None]]:
    with pytest.raises(ExperimentError, match=r"\S") as caught:
        load_experiment(path, overrides, name)
    return [(problem.message, problem.place) for problem in caught.value.problems]


def filled(written: Component, whole: Component) -> bool:
    """Whether `whole` is `written` with nothing but the catalogue's defaults added."""
    entry = load_catalog().entry(written.kind, written.name)
    added = {key: value for key, value in whole.arguments.items() if key not in written.arguments}
    same = {key: value for key, value in whole.arguments.items() if key in written.arguments} == written.arguments
    return same and entry is not None and all(entry.arguments[key].default == value for key, value in added.items())


@EVERY
def test_every_shipped_experiment_loads_and_keeps_its_bytes(path: Path) -> None:
    experiment = load_experiment(path)
    assert experiment.source == path.read_bytes()
    assert experiment.layers
    assert experiment.outputs


@EVERY
def test_every_shipped_experiment_opens_with_schema_purpose_command_and_expected_result(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    modeline, purpose, command, expected, *_ = text.splitlines()
    assert modeline == "# yaml-language-server: $schema=../docs/experiment.schema.json"
    assert (path.parent / modeline.partition("=")[2]).is_file()
    verb = "sweep" if "\nsweep:" in text else "train"
    assert re.fullmatch(r"# [A-Z].*[.?]", purpose)
    assert command == f"#   nnrun {verb} experiments/{path.name}"
    assert expected.startswith("# Expect: ")


@EVERY
def test_every_shipped_experiment_is_named_for_its_file_and_expects_something(path: Path) -> None:
    document = parse_document(path.read_text(encoding="utf-8"), path.name).value
    assert document["name"] == path.stem
    assert document.get("expect") or document["sweep"]


def resolved_again(experiment: Experiment, write: Write) -> Experiment:
    return load_experiment(write(dump(experiment.resolved), "resolved.yaml"))


@pytest.mark.parametrize("text", [SMALL, WIRED, *(path.read_text(encoding="utf-8") for path in SHIPPED)])
def test_the_resolved_form_is_the_same_experiment_with_its_defaults(text: str, experiment_file: Write) -> None:
    first = load_experiment(experiment_file(text))
    second = resolved_again(first, experiment_file)
    third = resolved_again(second, experiment_file)
    assert second.resolved == first.resolved
    assert comparable(third) == comparable(second)
    one, two = comparable(first), comparable(second)
    assert all(filled(a.component, b.component) for a, b in zip(one.layers, two.layers, strict=True))
    assert filled(one.optimizer, two.optimizer)
    assert filled(one.data.generator, two.data.generator)
    assert (
        replace(
            two,
            layers=[replace(b, component=a.component) for a, b in zip(one.layers, two.layers, strict=True)],  # type: ignore[arg-type]
            optimizer=one.optimizer,
            data=replace(two.data, generator=one.data.generator),
        )
        == one
    )


@pytest.mark.parametrize("path", [SHIPPED[0], SHIPPED[-1]], ids=lambda path: path.stem)
def test_every_default_that_is_filled_in_is_the_catalogues(path: Path) -> None:
    written = parse_document(path.read_text(encoding="utf-8"), path.name).value
    resolved = load_experiment(path).resolved
    pairs = [*zip(written["layers"], resolved["layers"], strict=True), (written["optimizer"], resolved["optimizer"])]
    kinds = [*["layers"] * len(written["layers"]), "optimizers"]
    for kind, (before, after) in zip(kinds, pairs, strict=True):
        name = before if isinstance(before, str) else next(iter(before))
        entry = load_catalog().entry(kind, name)
        given = {} if isinstance(before, str) else before[name]
        assert entry
        assert after[name] == {**{k: entry.arguments[k].default for k in after[name] if k not in given}, **given}


def test_settings_that_are_not_written_have_the_schemas_defaults(experiment_file: Write) -> None:
    experiment = load_experiment(experiment_file(SMALL, "small.yaml"))
    assert experiment.name == "small"
    assert (experiment.seed, experiment.batch_size, experiment.shuffle, experiment.engine) == (0, 32, True, "auto")
    assert (experiment.predict, experiment.expect) == ((), ())
    assert experiment.data == DataSettings(experiment.data.generator)
    defaults = {key: part["default"] for key, part in experiment_schema()["properties"].items() if "default" in part}
    assert {key: experiment.resolved[key] for key in defaults} == defaults


def test_the_resolved_form_has_the_schemas_order(experiment_file: Write) -> None:
    order = list(experiment_schema()["properties"])
    keys = list(load_experiment(experiment_file(WIRED)).resolved)
    assert keys == [key for key in order if key in keys]
    assert {"name", "seed", "data", "layers", "optimizer", "epochs", "batch_size"} <= set(keys)


def test_a_wired_experiment_is_read_as_written(experiment_file: Write) -> None:
    experiment = load_experiment(experiment_file(WIRED))
    assert [(i.name, i.columns) for i in experiment.inputs] == [("left", ("a",)), ("b", ("b",))]
    assert [(layer.name, layer.inputs) for layer in experiment.layers] == [
        ("hidden", ("left",)),
        ("concatenate", ("hidden", "b")),
        ("c", ("concatenate",)),
        ("other", ("concatenate",)),
    ]
    assert [(o.layer, o.targets, o.loss.name, o.loss_weight) for o in experiment.outputs] == [
        ("c", ("c",), "mae", 1.0),
        ("other", ("d",), "mse", 2.0),
    ]
    assert experiment.predict == ((1.0, 2.0),)
    assert [one.threshold for one in experiment.expect] == [Threshold("val_c_loss", "<", 1.0)]
    assert [place.line if place else None for place in experiment.expect_places] == [18]
    assert experiment.optimizer.arguments["learning_rate"].arguments["initial_learning_rate"] == 1.0


FROM_FILE = SMALL.replace("moons", "{csv: {path: data/rows.csv}}").replace(
    "mse", "{BinaryCrossentropy: {from_logits: true}}"
)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """A CSV file in a folder beside the experiment file."""
    path = tmp_path / "data" / "rows.csv"
    path.parent.mkdir()
    path.write_text("size,place,kind\n1,woods,a\n2,garden,b\n")
    return path


def test_the_path_of_a_file_is_relative_to_the_experiments_folder(
    rows: Path, experiment_file: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = experiment_file(FROM_FILE)
    monkeypatch.chdir(rows.parent)
    for named in (path, Path("..") / path.name):
        assert Path(load_experiment(named).data.generator.arguments["path"]).samefile(rows)
    other = rows.rename(rows.with_name("other.csv"))
    changed = load_experiment(path, ["data.generator.path=data/other.csv"])
    assert changed.data.generator.arguments["path"] == str(other)


def test_the_resolved_form_holds_the_absolute_path_so_that_it_can_lie_anywhere(
    rows: Path, experiment_file: Write, tmp_path: Path
) -> None:
    first = load_experiment(experiment_file(FROM_FILE))
    assert first.resolved["data"]["generator"] == {"csv": {"path": str(rows), "delimiter": ","}}
    (tmp_path / "runs").mkdir()
    second = load_experiment(experiment_file(dump(first.resolved), "runs/resolved.yaml"), files=DataFiles([tmp_path]))
    assert second.resolved == first.resolved
    assert second.columns.inputs[1].categories == ("garden", "woods")


SECRET = "token=s3cr3t,mail=root\n1,2\n"


@pytest.mark.parametrize("written", ["../rows.csv", "{absolute}", "link.csv", "folder/rows.csv", "in/../../rows.csv"])
def test_a_file_outside_the_folder_of_the_experiment_is_not_opened(
    experiment_file: Write, tmp_path: Path, written: str
) -> None:
    outside = tmp_path / "rows.csv"
    outside.write_text(SECRET)
    (tmp_path / "mine" / "in").mkdir(parents=True)
    (tmp_path / "mine" / "link.csv").symlink_to(outside)
    (tmp_path / "mine" / "folder").symlink_to(tmp_path)
    path = written.format(absolute=outside)
    file = experiment_file(FROM_FILE.replace("data/rows.csv", path), "mine/it.yaml")
    with pytest.raises(ExperimentError) as caught:
        load_experiment(file)
    (problem,) = caught.value.problems
    assert "lies outside the folder of the experiment file." in problem.message
    assert problem.place is not None
    assert problem.place.line > 0
    assert "token" not in str(problem)


def test_a_file_elsewhere_is_read_if_the_command_names_it_or_its_folder(
    rows: Path, experiment_file: Write, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    file = experiment_file(FROM_FILE.replace("data/", "../data/"), "mine/it.yaml")
    with pytest.raises(ExperimentError) as caught:
        load_experiment(file)
    (problem,) = caught.value.problems
    assert problem.message == f"The data file {rows} lies outside the folder of the experiment file."
    setting = f"data.generator.csv.path={rows}"
    option = f"--set {shlex.quote(setting)}"
    assert problem.hint == f"To read it, add to the command: {option} (or set NNRUN_DATA_DIR to a folder that holds it)"
    for overrides, files in (([setting], None), ([], DataFiles([rows.parent]))):
        assert load_experiment(file, overrides, files=files).columns.samples == 2
    with pytest.raises(ExperimentError, match="lies outside"):
        load_experiment(file, ["data.validation_split=0.5"])
    with pytest.raises(ExperimentError, match="lies outside"):
        load_experiment(file, files=DataFiles([tmp_path / "data" / "deeper", tmp_path / "dat"]))


def test_a_file_elsewhere_that_is_not_there_is_reported_as_such(experiment_file: Write) -> None:
    with pytest.raises(ExperimentError, match=r"There is no file .*missing\.csv\."):
        load_experiment(experiment_file(FROM_FILE.replace("data/rows.csv", "/nowhere/missing.csv")))


@pytest.mark.parametrize("path", ["/proc/self/environ", "/proc/kmsg", "/dev/zero", "/proc/self/fd/0", "/dev/tty", "/"])
def test_what_is_no_file_gets_no_advice_that_does_not_help(experiment_file: Write, path: str) -> None:
    for overrides in ([], [f"data.generator.csv.path={path}"]):
        with pytest.raises(ExperimentError, match=r"Cannot read .*: it is ") as caught:
            load_experiment(experiment_file(FROM_FILE.replace("data/rows.csv", path)), overrides)
        assert "--set data" not in str(caught.value.problems[0].hint)


def test_a_link_within_the_folder_is_followed(rows: Path, experiment_file: Write) -> None:
    rows.with_name("link.csv").symlink_to(rows)
    assert load_experiment(experiment_file(FROM_FILE.replace("rows.csv", "link.csv"))).columns.samples == 2


def test_the_file_that_a_run_was_trained_with_is_known_by_its_content(
    rows: Path, experiment_file: Write, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    file = experiment_file(FROM_FILE.replace("data/", "../data/"), "run/resolved.yaml")
    digest = hashlib.sha256(rows.read_bytes()).hexdigest()
    assert load_experiment(file, files=DataFiles(known=[digest])).columns.samples == 2
    rows.write_text(SECRET)
    with pytest.raises(ExperimentError, match="Its content is not the one that the run was trained with") as caught:
        load_experiment(file, files=DataFiles(known=[digest]))
    assert "s3cr3t" not in str(caught.value)


def test_the_resolved_form_of_the_largest_file_can_be_read(experiment_file: Write) -> None:
    rows = ",".join(["[0,1]"] * 10_800)
    first = load_experiment(experiment_file(SMALL.replace("moons", f"{{table: {{columns: [x, y], rows: [{rows}]}}}}")))
    text = dump(first.resolved)
    assert len(first.source) < MAX_BYTES < len(text)
    assert load_experiment(experiment_file(text, "resolved.yaml")).resolved == first.resolved


def test_a_column_of_a_function_may_be_called_path(experiment_file: Write) -> None:
    text = SMALL.replace("moons", "{function: {samples: 9, path: 'uniform(0, 1)', y: path}}")
    resolved = load_experiment(experiment_file(text)).resolved
    assert resolved["data"]["generator"]["function"]["path"] == "uniform(0, 1)"


def test_what_was_checked_is_what_is_generated_and_the_experiment_stays_light(
    rows: Path, experiment_file: Write
) -> None:
    rows.write_text("size,place,kind\n" + "1,woods,a\n2,garden,b\n" * 5000)
    files = DataFiles()
    experiment = load_experiment(experiment_file(FROM_FILE + "predict: [[1, 0, 1]]\n"), files=files)
    rows.unlink()
    assert experiment.columns.classes == 2
    assert [file.path for file in experiment.columns.files] == [str(rows)]
    assert generate(experiment, rows.parent, files).training.rows == 10_000
    assert pickle.loads(pickle.dumps(experiment)) == experiment
    assert len(pickle.dumps(experiment)) < 10_000


def test_predict_points_may_be_numbers_where_there_is_one_input(experiment_file: Write) -> None:
    text = SMALL.replace("moons", "{function: {samples: 9, x: 'uniform(0, 1)', y: x}}") + "predict: [0, [0.5]]\n"
    assert load_experiment(experiment_file(text)).predict == ((0.0,), (0.5,))


def test_overrides_change_the_experiment_and_its_resolved_form(experiment_file: Write) -> None:
    path = experiment_file(SMALL)
    experiment = load_experiment(path, ["epochs=3", "optimizer.learning_rate=0.5", "data.generator.samples=7"])
    assert experiment.epochs == experiment.resolved["epochs"] == 3
    assert experiment.optimizer.arguments == {"learning_rate": 0.5}
    assert experiment.resolved["optimizer"]["adam"]["learning_rate"] == 0.5
    assert experiment.resolved["data"]["generator"] == {"moons": {"samples": 7, "noise": 0.1}}
    assert experiment.source == SMALL.encode()


def test_the_name_is_the_options_or_the_files_or_the_stem(experiment_file: Write) -> None:
    named = experiment_file("name: own\n" + SMALL, "stem.yaml")
    assert load_experiment(named).name == "own"
    assert load_experiment(named, name="given").name == "given"
    assert load_experiment(named, name="given").resolved["name"] == "given"
    assert load_experiment(named, ["name=set"]).name == "set"
    assert load_experiment(experiment_file(SMALL, "stem.yaml"), name="given").name == "given"


def test_a_wrong_name_points_at_the_option(experiment_file: Write) -> None:
    ((message, place),) = problems_of(experiment_file("name: own\n" + SMALL), name="../up")
    assert message.endswith('Received: "../up"')
    assert place == Place("--name", 0, 1, "../up")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("xor.yaml", "xor"),
        ("xor.nnrun.yaml", "xor"),
        ("my file é.yaml", "my-file--"),
        ("-a.yaml", "experiment-a"),
        (".yaml", "experiment.yaml"),
    ],
)
def test_the_stem_becomes_a_name(file: str, name: str) -> None:
    assert default_name(Path(file)) == name


@given(st.text(min_size=1, max_size=80).filter(lambda stem: "/" not in stem and "\x00" not in stem))
def test_any_stem_becomes_a_valid_name(stem: str) -> None:
    assert re.search(NAME_PATTERN, default_name(Path(f"{stem}.yaml")))


def test_all_problems_of_the_schema_are_told_at_once_in_file_order(experiment_file: Write) -> None:
    text = "sed: 1\n" + SMALL.replace("moons", "moon").replace("relu", "rellu").replace("epochs: 10", "epochs: 0")
    places = [place.line if place else None for _, place in problems_of(experiment_file(text))]
    assert places == [1, 2, 4, 8]


def test_all_problems_of_meaning_are_told_at_once_in_file_order(experiment_file: Write) -> None:
    text = WIRED.replace("[5, 6, 7, 8]", "[5, 6, 7]").replace("inputs: left,", "inputs: lef,")
    text = text.replace("[val_c_loss < 1]", "[a, b]").replace("predict: [[1, 2]]", "predict: [[1, 2], []]")
    text = text.replace("predict: [[1, 2], []]", "predict: [[1, 2]]")
    messages = [message for message, _ in problems_of(experiment_file(text))]
    assert messages == [
        "Row 2 must have 4 cells, one for each column. Received: 3",
        'The layer "hidden" takes "lef", which is no layer.',
        "An expectation is a condition. Received: a",
        "An expectation is a condition. Received: b",
    ]


def test_a_mistake_in_the_data_does_not_bring_up_false_ones_in_the_wiring(experiment_file: Write) -> None:
    text = WIRED.replace("[5, 6, 7, 8]", "[5, 6, 7]").replace("{loss: mae}", "{loss: mae, target: d}")
    assert len(problems_of(experiment_file(text))) == 1


def test_the_width_of_predict_points_is_checked(experiment_file: Write) -> None:
    ((message, place),) = problems_of(experiment_file(SMALL + "predict: [[0, 0], 1]\n"))
    assert message == "A sample to predict has 2 numbers (x1, x2). Received: 1"
    assert place
    assert (place.line, place.column) == (8, 19)


def test_an_empty_file_is_told_so_even_with_overrides(experiment_file: Write) -> None:
    with pytest.raises(ExperimentError, match=r"experiment\.yaml is empty\.$|is empty\."):
        load_experiment(experiment_file(""), ["epochs=1"], "name")


@pytest.mark.parametrize("text", ["3", "a", "[a]", "~", "---"])
def test_a_file_that_is_no_mapping_is_told_so_even_with_overrides(text: str, experiment_file: Write) -> None:
    with pytest.raises(ExperimentError, match=r"An experiment is a mapping of settings\. Received: "):
        load_experiment(experiment_file(text), ["epochs=1"], "name")


def mutated(text: str, rng: random.Random) -> str:
    """`text` with one or two of its characters or lines deleted, doubled or replaced."""
    for _ in range(rng.randint(1, 2)):
        units = text.splitlines(keepends=True) if rng.random() < 0.5 else list(text)
        position = rng.randrange(len(units))
        change = rng.choice(["delete", "double", "replace"])
        if change == "delete":
            del units[position]
        elif change == "double":
            units.insert(position, units[position])
        else:
            units[position] = rng.choice([rng.choice(units), *"\t\n:-[]{}'\"#&*!|>~0é\x00\u2028", "null", "- "])
        text = "".join(units) or "#"
    return text


def is_refused(path: Path) -> bool:
    """Whether the file is refused, with words; any other error than the family's own comes through."""
    try:
        load_experiment(path)
    except ExperimentError as error:
        return bool(str(error))
    return False


def test_a_file_with_slips_is_read_or_refused_in_less_than_a_second(experiment_file: Write) -> None:
    rng = random.Random(1)
    refused = 0
    for _ in range(300):
        path = experiment_file(mutated(rng.choice(SHIPPED).read_text(encoding="utf-8"), rng))
        answers: list[bool] = []
        assert busy_seconds(lambda path=path, answers=answers: answers.append(is_refused(path)), 1.0) < 1.0
        refused += answers[-1]
    assert 50 < refused < 290
