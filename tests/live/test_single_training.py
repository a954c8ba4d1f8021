"""The page says by which command the training that it shows is repeated."""

from nnrun.data.files.data_files import DataFiles
from nnrun.live.single_training import single_training
from nnrun.load import load_experiment
from nnrun.machine import code_access

OWN = """
data: {generator: {python: {callable: "rows:make", target: y}}, folds: 2}
layers: [{Dense: {units: 1}}]
optimizer: adam
loss: mse
epochs: 2
sweep: {grid: {seed: [0, 1]}}
"""
ROWS = """
def make(rng):
    return {"x": rng.random(10), "y": rng.random(10)}
"""


def test_the_commands_allow_the_code_of_an_experiment_with_code_of_its_own(tmp_path):
    file = tmp_path / "own.yaml"
    file.write_text(OWN)
    (tmp_path / "rows.py").write_text(ROWS)
    shown = single_training(load_experiment(file, files=DataFiles(code=code_access(allowed=True))), file)
    assert shown.command == ("nnrun", "train", str(file), "--set", "data.fold=1", "--allow-code")
    assert shown.notes == (
        f"Shown is fold 1 of 2. All are trained by: nnrun train {file} --allow-code",
        f"The trials of sweep are not shown. They are trained by: nnrun sweep {file} --allow-code",
    )
