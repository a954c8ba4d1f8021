"""The pieces of a report: axes, colours of YAML, pictures, moments, the stack."""

import json
import re
from html import unescape

import numpy as np
import pytest
from busy import busy_seconds
from hypothesis import given
from hypothesis import strategies as st

from experiments import shipped, written
from nnrun.errors import printable
from nnrun.report.page.embedding import embed
from nnrun.report.page.moments import moments
from nnrun.report.page.run_files import read_run
from nnrun.report.page.stack import predict_stack, stages
from nnrun.report.page.write import report_page
from nnrun.report.page.yaml_colors import colored_yaml


@given(st.text(max_size=60))
def test_coloured_yaml_is_the_text(text):
    plain = unescape(re.sub(r"<[^>]*>", "", colored_yaml(text)))
    assert plain == "".join(f"{printable(line)}\n" for line in text.splitlines())


def test_keys_quoted_texts_and_comments_have_their_colours():
    html = colored_yaml('name: {rate: 1e-3, text: "a # b"} # note')
    pieces = re.findall(r'<span class="(\w+)">([^<]*)</span>', html)
    assert [text.strip() for kind, text in pieces if kind == "nt"] == ["name", "rate", "text"]
    assert "".join(text for kind, text in pieces if kind == "s") == '"a#b"'
    assert [text for kind, text in pieces if kind == "c1"] == ["# note"]


@pytest.mark.parametrize("line", ['"', '"\\', "'", "a", "#", "{", "&", "%", "!", "|", "? ", "a: ", "- "])
@pytest.mark.parametrize("length", [1_000, 60_000])
def test_no_line_takes_long_to_colour(line, length):
    text = f"{line * (length // len(line))}\n" * (60_000 // length)
    assert busy_seconds(lambda: colored_yaml(text), 2.0) < 2.0


def test_a_picture_is_embedded_once_as_svg_where_there_is_one():
    figures, left_out = embed(
        {"history.png": b"", "network.png": b"1", "network.svg": b"2", "weights.png": b"3", "z.gif": b"4"}, 10_000
    )
    types = [re.match(r"data:(\S+?);", figure.source)[1] for figure in figures]
    assert types == ["image/svg+xml", "image/png", "image/gif"]
    assert left_out == []


def test_the_moments_hold_metrics_weights_and_the_prediction(make_run):
    drawn, content = moments(read_run(make_run()))
    names = [name for name, _ in content["numbers"]]
    assert names == ["loss", "val_loss", "neuron/kernel", "neuron/bias"]
    assert dict(content["numbers"])["loss"][0] == "–"
    assert dict(content["numbers"])["neuron/kernel"][-1] == "2"
    assert drawn.title == "prediction of y"
    assert [len(curve) for curve in content["curves"]] == [len(content["epochs"])]


def test_without_a_trace_the_moments_are_those_of_the_metrics(make_run):
    folder = make_run()
    (folder / "trace.npz").unlink()
    drawn, content = moments(read_run(folder))
    assert (drawn, content["curves"]) == (None, [])
    assert content["epochs"][0] > 0
    assert [name for name, _ in content["numbers"]] == ["loss", "val_loss"]


def test_a_folder_whose_experiment_cannot_be_read_has_no_prediction(make_run):
    folder = make_run()
    (folder / "resolved.yaml").write_text("layers: 7")
    assert moments(read_run(folder))[0] is None


def test_nothing_in_the_data_of_the_script_ends_its_element(make_run):
    folder = make_run()
    path = folder / "metrics.csv"
    path.write_text(path.read_text().replace("val_loss", "</script>&<b>"))
    page = report_page(read_run(folder))
    (data,) = re.findall(r'id="moments-data">(.*?)</script>', page)
    assert not set("<>&") & set(data)
    assert json.loads(data)["numbers"][1][0] == "</script>&<b>"


def test_a_stack_predicts_with_the_weights_of_an_epoch():
    stack = stages(shipped("rounding"))
    rng = np.random.default_rng(0)
    trace = {
        "dense/kernel": rng.normal(size=(2, 1, 8)),
        "dense/bias": rng.normal(size=(2, 8)),
        "dense_1/kernel": rng.normal(size=(2, 8, 2)),
        "dense_1/bias": rng.normal(size=(2, 2)),
    }
    x = np.array([[0.25], [0.75]])
    hidden = np.maximum(x @ trace["dense/kernel"][1] + trace["dense/bias"][1], 0)
    powers = np.exp(hidden @ trace["dense_1/kernel"][1] + trace["dense_1/bias"][1])
    np.testing.assert_allclose(predict_stack(stack, trace, 1, x), powers / powers.sum(axis=1, keepdims=True))
    before = {name.replace("dense_1", "dense_2"): values for name, values in trace.items()}  # as nnrun 0.1 named them
    np.testing.assert_array_equal(predict_stack(stack, before, 1, x), predict_stack(stack, trace, 1, x))


@pytest.mark.parametrize("layer", ["{LSTM: {units: 2}}", "{Dense: {units: 2, activation: selu}}", "PReLU"])
def test_what_is_no_plain_stack_is_not_computed(layer):
    text = f"""
data: {{generator: {{function: {{samples: 9, x: "uniform(0, 1)", y: x}}}}}}
layers: [{{Reshape: {{target_shape: [1, 1]}}}}, {layer}, {{Dense: {{units: 1}}}}]
optimizer: adam
loss: mse
epochs: 1
"""
    assert stages(written(text)) is None
