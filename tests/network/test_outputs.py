"""Which layers are outputs, and their targets, losses and metrics."""

from __future__ import annotations

import pytest

from nnrun.errors import ExperimentError
from nnrun.experiment.columns import Column, Columns
from nnrun.experiment.experiment import Output
from nnrun.experiment.text.yaml_text import parse_document
from nnrun.network.outputs import read_outputs
from nnrun.network.wiring import read_graph

HEADS = """\
layers:
  - ReLU: {name: trunk}
  - Dense: {units: 1, name: low, inputs: trunk}
  - Dense: {units: 1, name: b, inputs: trunk}
"""
STACK = "layers: [ReLU, {Dense: {units: 1, name: last}}]\n"
LOSS = "loss: mse\n"


def outputs(text: str, *targets: str) -> tuple[Output, ...]:
    document = parse_document(text, "x.yaml")
    columns = Columns((Column("x"),), tuple(Column(name) for name in targets))
    return read_outputs(document, read_graph(document, columns), columns)


def targets(text: str, *names: str) -> dict[str, tuple[str, ...]]:
    return {output.layer: output.targets for output in outputs(text, *names)}


def told(text: str, *names: str) -> tuple[str, str | None, tuple[int, int] | None]:
    """Message, hint, and line and column of the only problem."""
    with pytest.raises(ExperimentError, match=r"\S") as caught:
        outputs(text, *names)
    (problem,) = caught.value.problems
    return problem.message, problem.hint, (problem.place.line, problem.place.column) if problem.place else None


def test_the_only_end_of_the_network_is_its_output_and_takes_all_targets() -> None:
    assert targets(STACK + LOSS, "y") == {"last": ("y",)}
    assert targets(STACK + LOSS, "y", "z") == {"last": ("y", "z")}


@pytest.mark.parametrize("written", ["last", "[last]", "{last: }", "{last: {loss_weight: 1}}"])
def test_a_single_output_may_be_named_in_any_form(written: str) -> None:
    assert targets(f"{STACK}{LOSS}outputs: {written}\n", "y", "z") == {"last": ("y", "z")}


@pytest.mark.parametrize("written", ["[low, b]", "{low: , b: }"])
def test_targets_are_found_by_name_and_then_in_order(written: str) -> None:
    assert targets(f"{HEADS}{LOSS}outputs: {written}\n", "high", "low") == {"low": ("low",), "b": ("high",)}
    assert targets(f"{HEADS}{LOSS}outputs: {written}\n", "y", "z") == {"low": ("y",), "b": ("z",)}


def test_targets_are_those_that_are_written() -> None:
    written = "outputs: {low: {target: z}, b: {target: [x, y]}}\n"
    assert targets(HEADS + LOSS + written, "x", "y", "z") == {"low": ("z",), "b": ("x", "y")}
    assert targets(f"{STACK}{LOSS}outputs: {{last: {{target: [z, y]}}}}", "y", "z") == {"last": ("z", "y")}


@pytest.mark.parametrize("written", ["{low: , b: {target: z}}", "{low: {target: y}, b: {target: [z]}}", "[low, b]"])
def test_a_target_that_no_output_learns_is_refused(written: str) -> None:
    with pytest.raises(ExperimentError, match=r'^x\.yaml:6:1: No output learns the target column "') as caught:
        outputs(f"{HEADS}{LOSS}outputs: {written}\n", "y", "z", "w")
    (problem,) = caught.value.problems
    assert problem.hint
    assert problem.hint.startswith("Give it to an output, as in b: {target: [z, w]}, or take it out")


def test_a_target_that_one_output_names_is_not_given_to_another() -> None:
    assert targets(HEADS + LOSS + "outputs: {low: {target: y}, b: }\n", "y", "z") == {"low": ("y",), "b": ("z",)}
    assert targets(HEADS + LOSS + "outputs: {low: , b: {target: y}}\n", "y", "z") == {"low": ("z",), "b": ("y",)}


def test_two_outputs_may_name_the_same_target() -> None:
    written = "outputs: {low: {target: y}, b: {target: y}}\n"
    assert targets(HEADS + LOSS + written, "y") == {"low": ("y",), "b": ("y",)}


def test_an_output_may_feed_another_layer() -> None:
    assert targets(f"{STACK}{LOSS}outputs: [re_lu, last]\n", "y", "z") == {"re_lu": ("y",), "last": ("z",)}


def test_loss_metrics_and_weight_are_the_outputs_own_or_the_experiments() -> None:
    written = "outputs: {low: {loss: mae, metrics: [], loss_weight: 2}, b: {metrics: [mse, mae]}}\n"
    low, b = outputs(HEADS + LOSS + "metrics: [accuracy]\n" + written, "y", "z")
    assert (low.loss.name, [m.name for m in low.metrics], low.loss_weight) == ("mae", [], 2.0)
    assert (b.loss.name, [m.name for m in b.metrics], b.loss_weight) == ("mse", ["mse", "mae"], 1.0)
    (last,) = outputs(STACK + LOSS + "metrics: [accuracy]\n", "y")
    assert (last.loss.kind, [m.kind for m in last.metrics]) == ("losses", ["metrics"])
    assert isinstance(low.loss_weight, float)


def test_several_ends_must_be_named() -> None:
    assert told(HEADS + LOSS, "y") == (
        'No layer takes "low" and "b"; which of them are outputs?',
        "Name the outputs, as in outputs: [low, b], or let another layer take them.",
        (3, 5),
    )


def test_a_layer_that_leads_to_no_output_is_refused() -> None:
    text = HEADS + "  - ReLU: {name: c, inputs: b}\n" + LOSS
    with pytest.raises(ExperimentError, match=r'^x\.yaml:4:5: The layer "b" leads to no output\.') as caught:
        outputs(text + "outputs: low\n", "y")
    assert [problem.message for problem in caught.value.problems] == [
        'The layer "b" leads to no output.',
        'The layer "c" leads to no output.',
    ]


@pytest.mark.parametrize(("written", "column"), [("lo", 10), ("[b, lo]", 14), ("{b: , lo: }", 16)])
def test_an_output_that_is_no_layer_gets_the_nearest_name(written: str, column: int) -> None:
    message = ('The output "lo" is no layer.', 'Did you mean "low"?', (5, column))
    assert told(f"{HEADS}outputs: {written}\n", "y") == message


def test_an_input_is_no_output() -> None:
    hint = "The layers are: trunk, low, b."
    assert told(f"{HEADS}outputs: input\n", "y") == ('The output "input" is no layer.', hint, (5, 10))


def test_an_output_is_named_once() -> None:
    hint = "Leave one of the two out."
    assert told(f"{HEADS}outputs: [low, b, low]\n", "y", "z") == ('The output "low" is named twice.', hint, (5, 19))


def test_a_target_that_is_not_there_gets_the_nearest_name() -> None:
    text = HEADS + "outputs: {low: {target: hihg}, b: }\n"
    assert told(text, "high", "y") == ('There is no target column "hihg".', 'Did you mean "high"?', (5, 25))


@pytest.mark.parametrize(("written", "column"), [("[low, b]", 16), ("{low: , b: }", 18)])
def test_an_output_needs_a_target(written: str, column: int) -> None:
    assert told(f"{HEADS}{LOSS}outputs: {written}\n", "low") == (
        'No target column is left for the output "b".',
        "Name it, as in b: {target: …}. The target columns are: low.",
        (6, column),
    )


@pytest.mark.parametrize(("written", "column"), [("{low: {loss: mse}, b: }", 29), ("{b: , low: {loss: mse}}", 11)])
def test_an_output_needs_a_loss(written: str, column: int) -> None:
    hint = "For example: loss: mse, for all outputs, or outputs: {b: {loss: mse}}"
    assert told(f"{HEADS}outputs: {written}\n", "y", "z") == ('The output "b" has no loss.', hint, (5, column))


def test_outputs_are_read_even_where_the_targets_are_not_known() -> None:
    assert targets(HEADS + LOSS + "outputs: {low: {target: y}, b: }\n") == {"low": (), "b": ()}


def test_losses_that_all_have_the_weight_0_are_refused() -> None:
    heads = f"{HEADS}outputs: {{low: {{loss: mse, loss_weight: 0}}, b: {{loss: mse, loss_weight: %s}}}}\n"
    message, hint, _ = told(heads % 0, "low", "b")
    assert message == "The losses of all outputs have the weight 0, so nothing is learned."
    assert hint
    assert [output.loss_weight for output in outputs(heads % 0.5, "low", "b")] == [0, 0.5]
