"""The progress of a run: plain lines in a file or a pipe, one live line on a terminal."""

import io
import itertools
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from experiments import shipped
from nnrun.cli import progress
from nnrun.cli.progress import LogListener, ProgressListener, spark_line
from nnrun.errors import OutputClosed
from nnrun.load import load_experiment
from nnrun.predict.prediction_rows import PredictionTable
from nnrun.runs.layer_summary import LayerSummary
from nnrun.runs.record import RunRecord

FACTS = {"device": "cpu", "threads": 2, "engine": "graph", "parameters": 65}
SUMMARY = [LayerSummary("dense", "Dense", "(16)", 48, "16 × (2 + 1)"), LayerSummary("drop", "Dropout", "(16)", 0, "")]


def record(**changes) -> RunRecord:
    return RunRecord(
        name="xor", experiment_sha256="0" * 64, status="completed", started=datetime.now(UTC), seed=0, **changes
    )


def tell(listener, epochs: int = 500) -> str:
    experiment = shipped("xor", f"epochs={epochs}")
    output = io.StringIO()
    listener.console.file = output
    with listener:
        listener.on_claimed(experiment, Path("runs/20261123-142233-xor"))
        listener.on_built(experiment, SUMMARY, FACTS, {"training": 4})
        for epoch in range(epochs):
            listener.on_epochs({"loss": [1 / (epoch + 1)], "accuracy": [0.5], "learning_rate": [0.1], "seconds": [0.1]})
    return output.getvalue()


def test_plain_lines_hold_the_summary_with_its_arithmetic():
    text = tell(LogListener())
    assert "16 × (2 + 1) = 48" in text
    assert "65 parameters; 4 training samples; graph engine on cpu with 2 threads" in text


@pytest.mark.parametrize(("threads", "text"), [(1, "on cpu with 1 thread\n"), (2, "on cpu with 2 threads\n")])
def test_one_thread_is_in_the_singular(threads, text):
    listener = LogListener()
    listener.console.file = io.StringIO()
    listener.on_built(shipped("xor"), SUMMARY, FACTS | {"threads": threads}, {"training": 4})
    assert text in listener.console.file.getvalue()


UNEVEN = Path(__file__).parent.parent / "cases" / "uneven_last_batch" / "exp.yaml"


@pytest.mark.parametrize(
    ("outputs", "training", "validation", "said"),
    [(2, 40, 0, True), (2, 32, 0, False), (2, 32, 20, True), (2, 10, 0, False), (1, 40, 0, False)],
)
def test_losses_of_outputs_over_a_smaller_last_batch_are_explained(outputs, training, validation, said):
    listener = LogListener()
    listener.console.file = io.StringIO()
    experiment = load_experiment(UNEVEN, ("batch_size=16",))
    experiment = replace(experiment, outputs=experiment.outputs[:outputs])
    listener.on_built(experiment, SUMMARY, FACTS, {"training": training, "validation": validation})
    listener.on_finished(record(final_metrics={"loss": 0.5}), PredictionTable(("x", "y"), ((1, 2),)))
    assert ("Keras's mean over batches" in listener.console.file.getvalue()) == said


@pytest.mark.parametrize(("values", "bars"), [([0.5, 0.5 + 1e-8] * 10, 1), ([0.5, 0.4, 0.3, 0.2], 4)])
def test_a_loss_that_changes_by_rounding_alone_has_level_bars(values, bars):
    assert len(set(spark_line(values))) == bars


class Closed(io.StringIO):
    """A pipe that nobody reads any more."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_run_that_nobody_watches_any_more_ends_so_that_it_can_be_resumed():
    listener = LogListener()
    listener.console.file = Closed()
    with pytest.raises(OutputClosed, match="The output was closed"):
        listener.print_line("xor")


def test_plain_lines_do_not_flood_a_log_and_end_with_the_last_epoch(monkeypatch):
    clock = itertools.count(1000, 1 / 128)  # seconds, from one epoch to the next
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    lines = [line for line in tell(LogListener()).splitlines() if line.startswith("epoch")]
    assert [line.partition("/")[0] for line in lines] == [f"epoch {n}" for n in (1, 129, 257, 385, 500)]
    assert lines[-1] == "epoch 500/500  loss 0.002  accuracy 0.5"


def test_plain_lines_have_no_escape_codes():
    assert "\x1b" not in tell(LogListener())


def test_a_terminal_sees_the_epoch_the_metrics_and_the_spark_line():
    listener = ProgressListener()
    listener.console = Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)
    listener.progress.live.console = listener.console
    last = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", tell(listener)).splitlines()[-1]
    assert "epoch 500/500" in last
    assert "loss 0.002" in last
    assert "█" in last


def test_names_from_a_file_are_never_taken_for_markup():
    listener = LogListener()
    listener.console.file = io.StringIO()
    listener.on_warning("[bold]x[/nothing] \x1b[31mred")
    assert listener.console.file.getvalue() == "[bold]x[/nothing] \N{REPLACEMENT CHARACTER}[31mred\n"


def test_long_prediction_tables_are_cut_and_said_to_be():
    listener = LogListener()
    listener.console.file = io.StringIO()
    listener.on_finished(
        record(final_metrics={"loss": 0.25}), PredictionTable(("x", "y"), tuple((i, i / 3) for i in range(50)))
    )
    text = listener.console.file.getvalue()
    assert "… and 30 rows more in predictions.csv" in text
    assert "final: loss 0.25" in text
    assert "6.333" in text
    assert "6.667" not in text


def test_what_a_callback_stopped_is_told_with_the_epoch_of_its_weights():
    listener = LogListener()
    listener.console.file = io.StringIO()
    reason = "A callback stopped the training after epoch 75 of 300."
    listener.on_finished(record(reason=reason, epochs=75, kept_epoch=65), PredictionTable(("x", "y"), ((1, 2),)))
    text = listener.console.file.getvalue()
    assert f"{reason}\nThe saved weights are those of the best epoch, 65.\n" in text


def test_of_scaled_targets_the_unit_is_told():
    listener = LogListener()
    listener.console.file = io.StringIO()
    listener.on_finished(record(target_units={"price": 81234.0}), PredictionTable(("x", "price"), ((1, 2),)))
    assert (
        "The loss and the metrics are computed on scaled targets: 1 is 81,234 of price.\n"
        in listener.console.file.getvalue()
    )


def test_the_live_line_of_a_training_that_stops_early_stays_above_the_results():
    listener = ProgressListener()
    listener.console = Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)
    listener.progress.live.console = listener.console
    with listener:
        listener.on_claimed(shipped("xor"), Path("runs/x"))
        listener.on_built(shipped("xor"), SUMMARY, FACTS, {"training": 4})
        listener.on_epochs({"loss": [0.5], "seconds": [0.1]})
        listener.on_finished(record(final_metrics={"loss": 0.5}), PredictionTable(("x", "y"), ((1, 2),)))
    text = listener.console.file.getvalue()
    assert text.rindex("epoch 1/500") < text.index("final: loss")


@pytest.mark.parametrize("width", [38, 60])
def test_a_sentence_is_broken_between_words_on_a_terminal(width):
    listener = ProgressListener()
    listener.console = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)
    sentence = "diagnosis: unfinished: the loss still falls steeply at the end of the training"
    listener.on_warning(sentence)
    lines = listener.console.file.getvalue().splitlines()
    assert len(lines) > 1
    assert " ".join(line.strip() for line in lines) == sentence


def test_a_spark_line_falls_with_its_series():
    assert spark_line([8.0, 4.0, 2.0, 1.0]) == "█▆▃▁"
    assert spark_line([3.0, 2.0, 1.0, 0.0]) == "█▆▃▁"
    assert spark_line([1.0, 1.0]) == "▁▁"
    assert spark_line([float("nan")]) == ""
    assert len(spark_line(range(1, 100_000), width=12)) == 12


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_the_live_line_fits_every_terminal(width):
    listener = ProgressListener()
    listener.console = Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None)
    listener.progress.live.console = listener.console
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", tell(listener, epochs=20))
    lines = [line for line in plain.replace("\r", "\n").splitlines() if line.startswith("epoch")]
    assert all(len(line) <= width for line in lines)
    assert "loss" in lines[-1]
