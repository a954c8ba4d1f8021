"""Sizes that no machine holds are refused before TensorFlow starts, with the line and what would fit."""

import subprocess
import sys
from pathlib import Path

import pytest
from busy import busy_seconds

from nnrun import machine
from nnrun.cli.commands import check, sweep
from nnrun.cli.main import run
from nnrun.errors import ExperimentError
from nnrun.load import load_experiment
from nnrun.network.sizes import memory_needs, refuse_too_large, size_problem

GB = 2**30
XOR = """data: {generator: {table: {columns: [a, b, y], rows: [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]}}}
layers:
  - Dense: {units: 2, activation: tanh}
  - Dense: {units: 1, activation: sigmoid}
optimizer: adam
loss: binary_crossentropy
epochs: 40
"""
IMAGES = """data: {generator: {digits: {shape: [8, 8, 1]}}}
layers:
LAYERS
  - Flatten
  - Dense: {units: 10, activation: softmax}
optimizer: sgd
loss: sparse_categorical_crossentropy
epochs: 2
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "exp.yaml"


@pytest.fixture
def small_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (machine, check, sweep):
        monkeypatch.setattr(module, "machine_memory", lambda: 8 * GB)


TOO_LARGE = [
    ("units: 2", "units: 1000000000", 3, 'the layer "dense" (Dense) has 3,000,000,000 weights'),
    ("units: 2", "units: 2147483647", 3, 'the layer "dense" (Dense) has 6,442,450,941 weights'),
    ("epochs: 40", "epochs: 2000000000", 7, "2,000,000,000 epochs give 6,000,000,000 numbers"),
    ("adam", "sgd\nbatch_size: 2147483647", None, None),
    (
        "layers:",
        "layers:\n  - RepeatVector: {n: 2000000000}\n  - Flatten",
        5,
        "8,000,000,002 weights",
    ),
    (
        "layers:",
        "layers:\n  - Embedding: {input_dim: 2000000000, output_dim: 64}\n  - Flatten",
        3,
        "128,000,000,000 weights",
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "most"), TOO_LARGE)
def test_what_no_machine_holds_is_refused_by_check(file, old, new, line, most, capsys, small_machine):
    file.write_text(XOR.replace(old, new))
    assert run(["check", str(file)]) == (2 if line else 0)
    error = capsys.readouterr().err
    if line:
        assert error.startswith(f"{file}:{line}:")
        assert "A training needs at least " in error
        assert "and a large machine has 64 GB: " in error
        assert str(most) in error


def test_what_this_machine_does_not_hold_is_a_warning_of_check_and_refused_by_train(file, capsys, small_machine):
    file.write_text(XOR.replace("units: 2", "units: 100000000"))
    assert run(["check", str(file)]) == 0
    assert 'warning: A training needs at least 18 GB of memory, and this machine has 8.0 GB: the layer "dense"' in (
        capsys.readouterr().err
    )
    with pytest.raises(ExperimentError, match=r"exp\.yaml:3:5: A training needs at least 18 GB"):
        refuse_too_large(load_experiment(file), 8 * GB)
    refuse_too_large(load_experiment(file), 32 * GB)
    refuse_too_large(load_experiment(file), None)
    assert run(["sweep", str(file), "--grid", "seed=0..2", "--dry-run"]) == 2


@pytest.mark.parametrize("callback", ["EarlyStopping: {monitor: loss}", "TerminateOnNaN"])
def test_epochs_that_a_callback_ends_are_not_counted(file, callback):
    file.write_text(
        XOR.replace(
            "epochs: 40",
            f"epochs: 2000000000\ncallbacks: [{{{callback}}}]".replace("{TerminateOnNaN}", "TerminateOnNaN"),
        )
    )
    assert size_problem(load_experiment(file), GB, "it") is None


def needs_of(file: Path, layers: str) -> list[str]:
    file.write_text(IMAGES.replace("LAYERS", layers))
    return [need.what for need in memory_needs(load_experiment(file))]


@pytest.mark.parametrize(
    ("layers", "weights"),
    [
        ("  - Conv2D: {filters: 3, kernel_size: 3}", 3 * 9 + 3),
        ("  - Conv2D: {filters: 4, kernel_size: [2, 5], strides: 2}", 4 * 10 + 4),
        ("  - Conv2DTranspose: {filters: 2, kernel_size: 3}", 2 * 9 + 2),
        ("  - Flatten\n  - Dense: {units: 5}", 64 * 5 + 5),
        ("  - Reshape: {target_shape: [8, 8]}\n  - LSTM: {units: 3}", 4 * 3 * (8 + 3 + 1)),
        ("  - Reshape: {target_shape: [8, 8]}\n  - SimpleRNN: {units: 3}", 3 * (8 + 3 + 1)),
        ("  - Reshape: {target_shape: [8, 8]}\n  - Bidirectional: {layer: {LSTM: {units: 3}}}", 8 * 3 * (8 + 3 + 1)),
        ("  - Reshape: {target_shape: [8, 8]}\n  - TimeDistributed: {layer: {Dense: {units: 3}}}", 8 * 3 + 3),
    ],
)
def test_the_weights_are_those_of_keras(file, layers, weights):
    assert any(f"has {weights:,} weights" in what for what in needs_of(file, layers))


@pytest.mark.keras
def test_the_weights_counted_are_those_of_the_built_model(file):
    from nnrun.network.shapes import walk
    from nnrun.network.sizes import count_weights
    from nnrun.network.wiring import Graph

    layers = """  - Conv2D: {filters: 6, kernel_size: 3, groups: 1, activation: relu}
  - Conv2DTranspose: {filters: 3, kernel_size: [2, 3]}
  - Reshape: {target_shape: [7, 24]}
  - Bidirectional: {layer: {LSTM: {units: 3, return_sequences: true}}}
  - SimpleRNN: {units: 4, return_sequences: true}
  - TimeDistributed: {layer: {Dense: {units: 3}}}
  - Conv1D: {filters: 4, kernel_size: 2}"""
    file.write_text(IMAGES.replace("LAYERS", layers))
    experiment = load_experiment(file)
    shapes, _ = walk(Graph(experiment.inputs, experiment.layers, ()), experiment.columns)

    from nnrun.data.generate import generate
    from nnrun.model.runtime import start_tensorflow
    from nnrun.training.setup import build_setup

    setup = build_setup(experiment, generate(experiment, file.parent), start_tensorflow("cpu"))
    for layer in experiment.layers:
        counted = count_weights(layer.component, shapes[layer.inputs[0]])
        assert (layer.name, counted) == (layer.name, setup.model.get_layer(layer.name).count_params())


NUMBERS = [
    ("batch_size: 1000000000000000000000", '"batch_size" must be at most 2147483647'),
    ("epochs: 10000000000", '"epochs" must be at most 2147483647'),
    ("units: 10000000000000000000000", '"units" must be at most 2147483647'),
    ("units: 2147483648", '"units" must be at most 2147483647'),
]


@pytest.mark.parametrize(("setting", "message"), NUMBERS)
def test_whole_numbers_beyond_32_bits_are_refused_at_their_place(file, setting, message, capsys):
    name = setting.partition(":")[0]
    text = XOR + "batch_size: 4\n"
    old = {"batch_size": "batch_size: 4", "epochs": "epochs: 40", "units": "units: 2"}[name]
    file.write_text(text.replace(old, setting))
    assert run(["check", str(file)]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("Conv2D: {filters: 3000000000, kernel_size: 3}", '"filters" must be at most 2147483647'),
        ("Conv2D: {filters: 3, kernel_size: [99999999999, 3]}", 'Entry 1 of "kernel_size" must be at most 2147483647'),
        ("Reshape: {target_shape: [99999999999, 3]}", 'Entry 1 of "target_shape" must be at most 2147483647'),
        ("Dropout: {rate: 0.5, seed: 99999999999999999999}", '"seed" must be at most 4294967295'),
    ],
)
def test_sizes_of_layers_beyond_32_bits_are_refused(file, layer, message, capsys):
    file.write_text(IMAGES.replace("LAYERS", f"  - {layer}"))
    assert run(["check", str(file)]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "column", ["uniform(-1e308, 1e308)", "uniform(0, 1e39)", "normal(0, 1e39)", "linspace(-1e300, 0)"]
)
def test_a_column_beyond_float32_is_refused(file, column, capsys):
    data = f'data: {{generator: {{function: {{samples: 10, a: "{column}", y: "a > 0"}}}}}}'
    file.write_text("\n".join([data, *XOR.splitlines()[1:]]))
    assert run(["check", str(file)]) == 2
    assert "must be between -3.4e38 and 3.4e38, the numbers of float32. Received: " in capsys.readouterr().err


def test_a_swept_setting_is_finite(file, capsys):
    file.write_text(XOR + 'sweep: {random: {trials: 2, optimizer.learning_rate: "uniform(-1e308, 1e308)"}}\n')
    assert run(["sweep", str(file), "--dry-run"]) == 2
    assert "The numbers of uniform are too far apart" in capsys.readouterr().err


def test_the_memory_of_this_machine_is_known_here():
    found = machine.machine_memory()
    assert found is None or found > GB


def test_many_columns_take_check_little_time(file, tmp_path):
    names = ",".join(f"c{i}" for i in range(5_000))
    rows = "\n".join(",".join(str((i * j) % 7 / 8) for i in range(5_000)) for j in range(1, 21))
    (tmp_path / "wide.csv").write_text(f"{names}\n{rows}\n")
    network = XOR.replace("sigmoid", "linear").replace("binary_crossentropy", "mse").partition("\n")[2]
    file.write_text(f"data: {{generator: {{csv: {{path: wide.csv}}}}}}\n{network}")
    assert busy_seconds(lambda: load_experiment(file), bound=3) < 3


@pytest.mark.keras
def test_many_classes_take_no_square_of_memory(file):
    network = "layers:\n  - Dense: {units: 4}\n  - Dense: {units: 20000, activation: softmax}\noptimizer: sgd\n"
    end = "loss: sparse_categorical_crossentropy\nepochs: 2\n"
    file.write_text(f"data: {{generator: {{blobs: {{samples: 60}}}}, validation_split: 0.5}}\n{network}{end}")
    code = "from nnrun.cli.main import run; s = run(['train', 'exp.yaml', '-q', '--no-animation', '--threads', '1']);"
    # Not ru_maxrss, which begins with that of the process that has started this one.
    code += "print(s, *(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    done = subprocess.run([sys.executable, "-c", code], cwd=file.parent, capture_output=True, text=True, check=True)
    status, kilobytes = map(int, done.stdout.splitlines()[-1].split())
    assert status == 0, done.stderr
    assert kilobytes < 1_600_000  # a matrix of 20,000² numbers of 8 bytes alone has 3,200,000
