"""`.keras`: the model with its scaling layers, as Keras saves it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import keras

from nnrun.export.deployed import DeployedModel, FileFormat, Predict
from nnrun.model.deploy import predict

DESCRIPTION = "nnrun.json"


def _write(deployed: DeployedModel, path: Path) -> None:
    deployed.model.save(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(DESCRIPTION, deployed.description_json())


def _load(deployed: DeployedModel, path: Path) -> Predict:
    model = keras.models.load_model(path, safe_mode=True, compile=False)
    return lambda arrays: predict(model, arrays)


KERAS = FileFormat(".keras", _write, _load)
