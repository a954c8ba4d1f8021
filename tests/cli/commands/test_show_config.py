"""`nnrun show-config`: the resolved file, and what differs from what was written."""

import pytest

from experiments import EXPERIMENTS, SHIPPED, shipped
from nnrun.cli.commands.show_config import in_order_of
from nnrun.cli.main import run
from nnrun.experiment.text.dump import dump
from nnrun.experiment.text.yaml_text import parse_document

XOR = str(EXPERIMENTS / "xor.yaml")


def printed(capsys, *arguments: str) -> str:
    assert run(["show-config", *arguments]) == 0
    output = capsys.readouterr()
    assert output.err == ""
    return output.out


@pytest.mark.parametrize("name", SHIPPED)
def test_it_prints_the_resolved_file_that_a_training_writes(name, capsys):
    assert printed(capsys, str(EXPERIMENTS / f"{name}.yaml")) == dump(shipped(name).resolved)


def test_overrides_are_in_it(capsys):
    value = parse_document(printed(capsys, XOR, "--set", "optimizer.learning_rate=0.5"), "xor").value
    assert value["optimizer"]["adam"]["learning_rate"] == 0.5


@pytest.mark.parametrize("name", SHIPPED)
def test_what_it_prints_differs_in_nothing_from_itself(name, capsys, tmp_path):
    resolved = tmp_path / "resolved.yaml"
    resolved.write_text(printed(capsys, str(EXPERIMENTS / f"{name}.yaml")))
    assert printed(capsys, str(resolved)) == resolved.read_text()
    assert printed(capsys, str(resolved), "--diff") == ""


def test_the_difference_is_what_was_filled_in_and_overridden_and_nothing_else(capsys):
    lines = printed(capsys, XOR, "--diff", "--set", "epochs=3").splitlines()
    assert lines[:2] == [f"--- {XOR}", "+++ resolved.yaml"]
    removed = [line for line in lines[2:] if line.startswith("-") and not line.startswith("- ")]
    assert removed == [
        "-- Dense: {units: 16, activation: relu}",
        "-- Dense: {units: 1, activation: sigmoid}",
        "-optimizer: adam",
        "-epochs: 500",
    ]
    assert {"+epochs: 3", "+batch_size: 32", "+shuffle: true", "+  validation_split: 0"} <= set(lines)


def test_the_order_and_the_way_of_writing_make_no_difference(capsys, tmp_path):
    resolved = parse_document(printed(capsys, XOR), "xor").value
    turned = tmp_path / "turned.yaml"
    turned.write_text("# a comment\n" + dump({key: resolved[key] for key in reversed(resolved)}))
    assert printed(capsys, str(turned), "--diff") == ""


def test_keys_follow_the_model_and_others_come_last():
    ordered = in_order_of({"a": 1, "b": [{"c": 1, "d": 2}]}, {"z": 0, "b": [{"d": 4, "c": 3}, {"e": 5}], "a": 6})
    assert dump(ordered) == dump({"a": 6, "b": [{"c": 3, "d": 4}, {"e": 5}], "z": 0})


def test_a_bad_file_is_told_as_check_tells_it(capsys):
    assert run(["show-config", XOR, "--set", "epochs=0"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith('--set epochs=0: "epochs" must be at least 1.')
