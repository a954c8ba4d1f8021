"""One training for the page: what it shows is published while the training runs, and nothing is written."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnrun.data.files.data_files import DataFiles
from nnrun.data.generate import generate
from nnrun.data.stream.rule import stream_if_large
from nnrun.errors import TrainingError
from nnrun.experiment.experiment import Experiment
from nnrun.live.messages import progress_message, results_message
from nnrun.network.trainable import refuse_untrainable
from nnrun.run_options import RunOptions
from nnrun.runs.finding import Finding
from nnrun.runs.judge.baseline_run import baseline_for
from nnrun.runs.judge.sample_predictions import SamplePredictions
from nnrun.training.shared_models import SharedModels

if TYPE_CHECKING:  # these import TensorFlow, which waits until there is something to train
    from nnrun.data.dataset import Array
    from nnrun.predict.predictor import Predictor
    from nnrun.training.setup import TrainingSetup
    from nnrun.training.train import Trained

Publish = Callable[[str, Mapping[str, Any]], None]

_MOST_BYTES = 2_000_000  # of the compressed frames of a surface, which only this machine sends
# While a training runs, predictions are sent so many seconds apart, and take at most this share of its time.
_SECONDS = 0.5
_LEAST_SHARE = 4


@dataclass(frozen=True, eq=False)
class LiveTraining:
    """A training whose course is published.

    Args:
        options: how it is computed.
        models: the models and programs of the trainings before it.
        publish: takes the kind and the content of every message.
        between: called where the training may end, which it does by raising.
        scratch: an existing folder for temporary files.
    """

    options: RunOptions
    models: SharedModels
    publish: Publish
    between: Callable[[], None]
    scratch: Path

    def train(self, experiment: Experiment, files: DataFiles) -> None:
        """Trains an experiment that was read with these data files.

        Raises:
            ExperimentError: its data, its memory or Keras do not allow it.
            TrainingError: the training diverged; all that it was up to there is published.
        """
        experiment = stream_if_large(experiment, self.options.free_memory)
        refuse_untrainable(experiment, self.options.memory)
        baseline, began = baseline_for(experiment.placed_expectations, self.options.baseline), time.monotonic()
        self._stage("reading the data")
        dataset = generate(experiment, self.options.keras_home, files)
        from nnrun.model.runtime import start_tensorflow
        from nnrun.predict.class_check import refuse_classes_of_values
        from nnrun.training.expectation_check import refuse_unknown
        from nnrun.training.rule import side_by_side

        device = self.options.device or "auto"
        runtime = start_tensorflow(device, self.options.threads, side_by_side=side_by_side(experiment))
        self._stage("building")
        setup = self.models.setup(experiment, dataset, runtime)
        refuse_unknown(setup)
        refuse_classes_of_values(experiment, setup.model)
        facts = {"parameters": setup.model.count_params(), "engine": setup.engine, "parts": setup.parts()}
        self.publish("facts", {**facts, "warnings": setup.warnings()})
        self._stage("compiling")
        with tempfile.TemporaryDirectory(dir=self.scratch) as folder:
            trained, shown = self._fit(setup, Path(folder))
        findings = self._diagnose(setup, trained, shown)
        from nnrun.training.experiment_training import record_results

        seconds = time.monotonic() - began
        found = record_results(setup, trained, seconds=seconds, predictions=shown.samples, baseline=baseline)
        results = results_message(found["final_metrics"], found["expectations"], findings, found["reason"])
        self.publish("results", results)

    def _fit(self, setup: TrainingSetup, folder: Path) -> tuple[Trained, ShownEpochs]:
        """Trains to the end; curves and predictions are published on the way."""
        from nnrun.training.experiment_training import plan_training
        from nnrun.training.failures import tensorflow_errors

        experiment = setup.experiment
        plan = replace(plan_training(experiment, setup.engine, folder), between=self.between)
        training = self.models.training(setup, plan)
        shown = ShownEpochs(setup)

        def observe(history: Mapping[str, Any]) -> None:
            self.between()
            self.publish("progress", progress_message(training.history, experiment.epochs))
            if shown.is_due() and training.epochs < experiment.epochs:
                self.publish("moments", shown.content(training.history, training.trace_so_far()))

        with tensorflow_errors():
            training.run(observe)
        return training.finish(), shown

    def _diagnose(self, setup: TrainingSetup, trained: Trained, shown: ShownEpochs) -> tuple[Finding, ...]:
        """Publishes the whole training and gives its findings; one that diverged ends here.

        Raises:
            TrainingError: it has diverged.
        """
        from nnrun.diagnosis.training_diagnosis import diagnose_training
        from nnrun.training.failures import divergence

        if trained.epochs:
            self.publish("progress", progress_message(trained.history, setup.experiment.epochs))
            self.publish("moments", shown.content(trained.history, trained.trace))
        self._stage("diagnosing")
        findings = diagnose_training(setup, trained)
        if trained.diverged:
            self.publish("results", results_message({}, (), findings, None))
            remedy = next((finding.remedy for finding in findings), None)
            error: TrainingError = divergence(setup.experiment, trained.diverged, remedy)
            raise error
        return findings

    def _stage(self, stage: str) -> None:
        self.between()
        self.publish("stage", {"text": stage})


class ShownEpochs:
    """What the slider shows of a training so far, computed anew from its weights at every epoch.

    Args:
        setup: the model and its data.
    """

    def __init__(self, setup: TrainingSetup) -> None:
        self.setup = setup
        self._predictor: Predictor | None = None
        self._last = time.monotonic()
        self._took = 0.0

    def is_due(self) -> bool:
        """Whether enough time has passed since the last content, measured by what that took."""
        return time.monotonic() - self._last > max(_SECONDS, _LEAST_SHARE * self._took)

    def content(self, history: Mapping[str, Any], trace: list[Array] | None) -> dict[str, Any]:
        """Metrics, weights, predictions and the diagram of the network, by epoch.

        Args:
            history: a number per epoch by name.
            trace: the weights, each (epochs + 1, …); None where they are not kept: the present ones are shown then.
        """
        from nnrun.model.weights import name_trace
        from nnrun.report.output_pictures import OutputPictures, PictureSource
        from nnrun.report.page.learning_chart import learning_chart
        from nnrun.report.page.moments import epoch_content, shown_epochs
        from nnrun.report.page.weights_diagram import boxes_diagram, weights_diagram
        from nnrun.report.pictures import network_picture

        began, setup = time.monotonic(), self.setup
        predictor = self._made_predictor()
        weights = [weight.numpy()[None] for weight in setup.model.weights] if trace is None else trace
        name, part = setup.dataset.evaluated
        one_row = predictor.predict_part(name, (part.original or part).take(slice(0, 1)))  # for the shapes alone
        source = PictureSource(
            setup.experiment, setup.dataset, setup.model, setup.training, predictor.model, history, weights, one_row
        )
        pictures = [picture.arguments for picture in OutputPictures(source, 0).learning(weights)]
        learning = learning_chart(pictures[0], _MOST_BYTES) if pictures else None
        named = {} if trace is None else name_trace(setup.model, trace)
        epochs = shown_epochs(len(history["loss"]), named)
        network = network_picture(source).arguments
        diagram = weights_diagram(network, named, epochs) if named else None
        content = epoch_content(history, named, learning, diagram or boxes_diagram(network))
        self._last = time.monotonic()
        self._took = self._last - began
        return content

    def samples(self) -> SamplePredictions:
        """The predictions for the samples of `predict`, which expectations may name."""
        points = self.setup.experiment.predict
        table = self._made_predictor().tabulate(self._made_predictor().predict_points(points, self.setup.dataset))
        return SamplePredictions(table.header, table.rows)

    def _made_predictor(self) -> Predictor:
        from nnrun.predict.predictor import make_predictor

        if self._predictor is None:
            self._predictor = make_predictor(self.setup.model, self.setup.experiment, self.setup.dataset)
        return self._predictor
