"""What the files of a run say is what was done."""

import hashlib
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest
import yaml

from nnrun.errors import ExperimentError, Interrupted, ResumeError, TrainingError
from nnrun.load import load_experiment
from nnrun.run import resume_run, train_file
from nnrun.run_listener import RunListener
from nnrun.run_options import RunOptions
from nnrun.runs import layout
from nnrun.runs.interval import Interval
from nnrun.runs.metrics_file import read_metrics
from nnrun.runs.record import read_record, write_record
from nnrun.runs.recorded_files import data_files_of
from nnrun.training.shared_models import SharedModels

pytestmark = pytest.mark.keras
slow = pytest.mark.slow

CASES = Path(__file__).parent
EXPERIMENT = """
name: moons
data: {generator: {moons: {samples: 64, noise: 0.1}}, validation_split: 0.25}
layers: [{Dense: {units: 4, activation: tanh}}, {Dense: {units: 1, activation: sigmoid}}]
optimizer: {OPTIMIZER: {learning_rate: RATE}}
loss: binary_crossentropy
epochs: 6
batch_size: 12
engine: ENGINE
"""
DECAY = "{ExponentialDecay: {initial_learning_rate: 0.1, decay_steps: 4, decay_rate: 0.5, staircase: true}}"
HALVED = "{ExponentialDecay: {initial_learning_rate: 0.1, decay_steps: 1, decay_rate: 0.5}}"
RATES = f"callbacks: [{{LearningRateScheduler: {{schedule: {HALVED}}}}}]"


def written(path: Path, rate: object = 0.1, optimizer: str = "SGD", engine: str = "graph", more: str = "") -> Path:
    text = EXPERIMENT.replace("RATE", str(rate)).replace("OPTIMIZER", optimizer).replace("ENGINE", engine)
    path.write_text(text + more)
    return path


@pytest.fixture(scope="module")
def options(tmp_path_factory) -> RunOptions:
    keras, models = tmp_path_factory.mktemp("keras"), SharedModels()  # as the runs of one command
    return RunOptions(keras, every=Interval(None, 1), plotted=False, reported=False, models=models)


def cut_run(file: Path, options: RunOptions, epochs: int) -> Path:
    runs = file.parent / "runs"
    with pytest.raises(Interrupted):
        train_file(file, replace(options, until=epochs), RunListener(), runs_dir=runs)
    (folder,) = runs.iterdir()
    return folder


def rates_of(folder: Path) -> list[float]:
    return read_metrics(folder / layout.METRICS)["learning_rate"]


def changes_of(folder: Path) -> list[tuple[str, float, int]]:
    return [(change.setting, change.value, change.epoch) for change in read_record(folder).changes]


def resolved(folder: Path) -> dict:
    return yaml.safe_load((folder / layout.RESOLVED).read_text())


# learning_rate is the rate that the first step of the epoch was made with.


@pytest.mark.parametrize("engine", ["graph", "xla", "keras"])
def test_the_rate_of_an_epoch_is_that_of_its_first_step(engine, tmp_path, options):
    file = CASES / "learning_rate_column" / "exp.yaml"
    run = train_file(file, options, RunListener(), overrides=(f"engine={engine}",), runs_dir=tmp_path)
    assert rates_of(run.folder) == pytest.approx([0.1, 0.05, 0.025])


RATES_OF_EPOCHS = [
    (DECAY, "", [0.1, 0.05, 0.025, 0.0125, 0.00625, 0.003125]),
    ("{CosineDecay: {initial_learning_rate: 0.1, decay_steps: 8}}", "", [0.1, 0.05, 0, 0, 0, 0]),
    ("{PiecewiseConstantDecay: {boundaries: [7, 12], values: [0.3, 0.2, 0.1]}}", "", [0.3, 0.3, 0.2, 0.2, 0.1, 0.1]),
    (1.0, RATES, [0.1, 0.05, 0.025, 0.0125, 0.00625, 0.003125]),
    (0.1, "", [0.1] * 6),
]


# The test above takes a schedule to every engine, those below a number.
@pytest.mark.parametrize(
    ("engine", "rate", "more", "expected"),
    [
        *(("graph", *case) for case in RATES_OF_EPOCHS),
        *(("xla", *case) if case[1] else pytest.param("xla", *case, marks=slow) for case in RATES_OF_EPOCHS),
        *(("keras", *case) if case[1] else pytest.param("keras", *case, marks=slow) for case in RATES_OF_EPOCHS),
    ],
)
def test_schedules_and_callbacks_alike(engine, rate, more, expected, tmp_path, options):
    file = written(tmp_path / "exp.yaml", rate, engine=engine, more=more)
    run = train_file(file, options, RunListener(), runs_dir=tmp_path / "runs")
    assert rates_of(run.folder) == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_a_reduced_rate_stands_at_the_first_epoch_that_it_trained(tmp_path, options):
    plateau = "callbacks: [{ReduceLROnPlateau: {patience: 1, factor: 0.5, min_delta: 100}}]"
    run = train_file(written(tmp_path / "exp.yaml", more=plateau), options, RunListener(), runs_dir=tmp_path / "runs")
    assert rates_of(run.folder) == pytest.approx([0.1, 0.1, 0.05, 0.025, 0.0125, 0.00625])


# A setting that a resume changes is applied and recorded, or refused.


@pytest.mark.parametrize(
    ("optimizer", "engine"),
    [
        *(("adam", "graph"), ("SGD", "xla"), ("SGD", "keras")),
        *(pytest.param(*pair, marks=slow) for pair in (("SGD", "graph"), ("adam", "xla"), ("adam", "keras"))),
    ],
)
def test_a_new_learning_rate_is_applied_and_recorded(optimizer, engine, tmp_path, options):
    file = written(tmp_path / "exp.yaml", optimizer=optimizer, engine=engine)
    folder = cut_run(file, options, 2)
    before = read_metrics(folder / layout.METRICS)["loss"]
    resume_run(folder, options, RunListener(), overrides=("optimizer.learning_rate=0.01",))
    assert rates_of(folder) == pytest.approx([0.1, 0.1, 0.01, 0.01, 0.01, 0.01])
    assert changes_of(folder) == [("optimizer.learning_rate", 0.01, 3)]
    assert resolved(folder)["optimizer"][optimizer]["learning_rate"] == 0.01
    unchanged = train_file(file, options, RunListener(), runs_dir=tmp_path / "unchanged").folder
    losses, others = (read_metrics(f / layout.METRICS)["loss"] for f in (folder, unchanged))
    assert losses[:2] == others[:2] == before
    assert losses[3] != others[3]


def test_a_zero_rate_changes_no_weight(tmp_path, options):
    folder = cut_run(written(tmp_path / "exp.yaml"), options, 2)
    resume_run(folder, options, RunListener(), overrides=("optimizer.learning_rate=1e-30",))
    with np.load(folder / layout.TRACE) as trace:
        for name in trace.files:
            np.testing.assert_array_equal(trace[name][2], trace[name][6])


def test_changes_of_several_resumes_are_kept(tmp_path, options):
    folder = cut_run(written(tmp_path / "exp.yaml"), options, 6)
    for rate, epochs in ((0.2, 7), (0.3, 9)):
        overrides = (f"optimizer.learning_rate={rate}", f"epochs={epochs}")
        resume_run(folder, options, RunListener(), overrides=overrides)
    resume_run(folder, options, RunListener(), overrides=("epochs=10",))
    assert rates_of(folder) == pytest.approx([0.1] * 6 + [0.2] + [0.3] * 3)
    assert changes_of(folder) == [("optimizer.learning_rate", 0.2, 7), ("optimizer.learning_rate", 0.3, 8)]


def test_a_resume_without_changes_records_none(cut, options):
    resume_run(cut, options, RunListener())
    assert (rates_of(cut), changes_of(cut)) == (pytest.approx([0.1] * 6), [])


def test_a_diverged_training_is_resumed_with_a_smaller_rate_and_keeps_its_epochs(tmp_path, options):
    text = EXPERIMENT.replace("binary_crossentropy", "mean_squared_error").replace(
        "activation: sigmoid", "activation: linear"
    )
    file = tmp_path / "exp.yaml"
    file.write_text(text.replace("OPTIMIZER", "SGD").replace("ENGINE", "graph").replace("RATE", "1.0"))
    with pytest.raises(TrainingError, match="diverged"):
        train_file(file, options, RunListener(), overrides=("epochs=200",), runs_dir=tmp_path / "runs")
    (folder,) = (tmp_path / "runs").iterdir()
    record = read_record(folder)
    assert record.status == "failed"
    assert record.epochs == len(rates_of(folder)) < 200
    resume_run(folder, options, RunListener(), overrides=("optimizer.learning_rate=1e-30",))
    assert (read_record(folder).status, read_record(folder).epochs) == ("completed", 200)
    assert changes_of(folder) == [("optimizer.learning_rate", 1e-30, record.epochs + 1)]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    "override",
    ["batch_size=8", "seed=5", "keep=best", "loss=mean_squared_error", "layers.0.units=5", "optimizer=adam"],
)
def test_another_setting_is_refused_even_if_forced(override, force, cut, options):
    before = (cut / layout.RESOLVED).read_bytes(), (cut / layout.RECORD).read_bytes()
    with pytest.raises(ResumeError, match="train the experiment again"):
        resume_run(cut, options, RunListener(), overrides=(override,), force=force)
    assert ((cut / layout.RESOLVED).read_bytes(), (cut / layout.RECORD).read_bytes()) == before


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory, options) -> Path:
    return cut_run(written(tmp_path_factory.mktemp("cut") / "exp.yaml"), options, 2)


@pytest.fixture
def cut(interrupted, tmp_path) -> Path:
    return Path(shutil.copytree(interrupted, tmp_path / "cut"))


@pytest.mark.parametrize(
    ("rate", "more", "override", "reason"),
    [
        (DECAY, "", "0.1", "learning_rate"),
        (0.1, "", DECAY, "learning_rate"),
        (0.1, RATES, "0.2", "LearningRateScheduler sets that of every epoch"),
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_a_rate_that_would_not_be_used_is_refused(rate, more, override, reason, force, tmp_path, options):
    folder = cut_run(written(tmp_path / "exp.yaml", rate, more=more), options, 2)
    before = (folder / layout.RESOLVED).read_bytes()
    with pytest.raises(ResumeError, match=reason):
        resume_run(folder, options, RunListener(), overrides=(f"optimizer.learning_rate={override}",), force=force)
    assert (folder / layout.RESOLVED).read_bytes() == before


def test_a_new_rate_for_a_completed_run_is_refused_without_more_epochs(cut, options):
    resume_run(cut, options, RunListener())
    with pytest.raises(ResumeError, match=r"all its epochs are trained\.\n.*--set epochs"):
        resume_run(cut, options, RunListener(), overrides=("optimizer.learning_rate=0.2",))


def test_before_the_first_checkpoint_every_setting_is_applied(cut, options):
    (cut / layout.CHECKPOINT).unlink()
    (cut / layout.PREVIOUS_CHECKPOINT).unlink()
    record = resume_run(cut, options, RunListener(), overrides=("seed=7", "optimizer.learning_rate=0.2")).record
    assert (record.seed, record.changes, rates_of(cut)) == (7, (), pytest.approx([0.2] * 6))


# The times of a run are those of its training.


@pytest.mark.parametrize("killed", [False, True])
@pytest.mark.parametrize("pause", [timedelta(hours=3), timedelta(days=400)])
def test_a_pause_is_no_training(pause, killed, cut, options):
    record = read_record(cut)
    started = record.started - pause
    finished = None if killed or record.finished is None else record.finished - pause
    changes = {"seconds": None, "status": "running"} if killed else {"seconds": 100.0}
    write_record(cut, msgspec.structs.replace(record, started=started, finished=finished, **changes))
    seconds = resume_run(cut, options, RunListener()).record.seconds
    assert (0 if killed else 100) < seconds < 160


def test_an_interrupted_run_says_how_many_epochs_it_has_trained(cut):
    assert read_record(cut).epochs == 2


# A run over a file finds it again.

CSV = """
name: table
data: {generator: {csv: {path: PATH, target: y}}}
layers: [{Dense: {units: 1}}]
optimizer: sgd
loss: mse
epochs: 4
"""
CELLS = "x,y\n" + "".join(f"{x / 8},{x / 4 + 1}\n" for x in range(16))


@pytest.fixture(scope="module", params=["data.csv", "data/data.csv", "../data.csv", "ABSOLUTE"])
def kept_project(request, tmp_path_factory, options) -> Path:
    """A folder with an experiment over a file and a run of it that was interrupted; a copy is kept beside it."""
    home = tmp_path_factory.mktemp("kept") / "all" / "project"
    data = home / ("data.csv" if request.param == "ABSOLUTE" else request.param)
    for folder in (home, data.parent):
        folder.mkdir(parents=True, exist_ok=True)
    data.write_text(CELLS)
    path = str(data) if request.param == "ABSOLUTE" else request.param
    (home / "exp.yaml").write_text(CSV.replace("PATH", path))
    cut_run(home / "exp.yaml", replace(options, data_folders=(home.parent,)), 2)
    shutil.copytree(home.parent, home.parent.with_name("copy"))
    return home


@pytest.fixture
def project(kept_project) -> Path:
    """That folder at its place, whatever the test before has done to it."""
    place = kept_project.parent
    for folder in place.parent.iterdir():
        if folder.name != "copy":
            shutil.rmtree(folder)
    shutil.copytree(place.with_name("copy"), place)
    return kept_project


def only_run(home: Path) -> Path:
    (folder,) = (home / "runs").iterdir()
    return folder


def data_file(home: Path) -> Path:
    return next(home.parent.glob("**/data.csv"))


def test_a_run_names_its_data_file_relative_to_itself_with_its_digest(project):
    folder = only_run(project)
    path = resolved(folder)["data"]["generator"]["csv"]["path"]
    assert not Path(path).is_absolute()
    assert (folder / path).resolve() == data_file(project)
    (recorded,) = read_record(folder).data_files
    assert Path(recorded.path).resolve() == data_file(project)
    assert recorded.sha256 == hashlib.sha256(CELLS.encode()).hexdigest()


@pytest.mark.parametrize("name", [layout.EXPERIMENT, layout.RESOLVED])
def test_both_files_of_a_run_find_the_data(name, project):
    path = only_run(project) / name
    (read,) = load_experiment(path, files=data_files_of(path, ())).columns.files
    assert Path(read.path).resolve() == data_file(project)


def test_a_project_that_is_moved_as_a_whole_is_resumed(project, options):
    moved = project.parent.rename(project.parent.with_name("elsewhere")) / "project"
    assert resume_run(only_run(moved), options, RunListener()).record.status == "completed"


def test_a_moved_file_is_named_anew(project, options):
    folder, moved = only_run(project), project / "new-place.csv"
    data_file(project).rename(moved)
    with pytest.raises(
        ExperimentError, match=r"There is no file .*data\.csv(.|\n)*If the data file of this run was moved"
    ):
        resume_run(folder, options, RunListener())
    run = resume_run(folder, options, RunListener(), overrides=(f"data.generator.csv.path={moved}",))
    assert (run.record.status, run.record.data_files[0].path) == ("completed", str(moved))
    assert (folder / resolved(folder)["data"]["generator"]["csv"]["path"]).resolve() == moved


def test_a_path_that_is_set_is_never_replaced(project):
    with pytest.raises(ExperimentError, match="There is no file"):
        load_experiment(only_run(project) / layout.EXPERIMENT, ("data.generator.csv.path=other/data.csv",))


def test_a_changed_file_is_refused_in_words(project, options):
    data_file(project).write_text(CELLS.replace("0.5", "0.75"))
    with pytest.raises(ResumeError, match=r"data file .*data\.csv is not the one that the run was trained with"):
        resume_run(only_run(project), options, RunListener())
    assert resume_run(only_run(project), options, RunListener(), force=True).record.status == "completed"
