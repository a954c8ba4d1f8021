"""The format onnx where its packages are not installed."""

import importlib.util

import pytest

from nnrun.errors import ExperimentError
from nnrun.export.onnx_packages import refuse_without_onnx


@pytest.mark.parametrize(
    ("absent", "words"),
    [(("tf2onnx",), "needs tf2onnx, which is"), (("onnx", "onnxruntime"), "needs onnx, onnxruntime, which are")],
)
def test_without_its_packages_onnx_says_what_to_install(absent, words, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in absent else name)
    with pytest.raises(ExperimentError, match=words) as caught:
        refuse_without_onnx()
    assert caught.value.problems[0].hint == "pip install 'nnrun[onnx]'"
