"""The words of the editor are those that an experiment takes."""

from nnrun.live.completions import completions


def test_settings_components_arguments_and_choices_are_offered():
    words = completions()
    assert {"name", "layers", "optimizer", "expect"} <= set(words["settings"])
    assert "validation_split" in words["settings"]["data"]
    assert {"units", "activation"} <= set(words["kinds"]["layers"]["Dense"])
    assert "noise" in words["kinds"]["generators"]["spirals"]
    assert (
        words["takes"]
        | {
            "layers": "layers",
            "optimizer": "optimizers",
            "loss": "losses",
            "metrics": "metrics",
            "generator": "generators",
            "activation": "activations",
            "kernel_initializer": "initializers",
        }
        == words["takes"]
    )
    assert words["values"]["keep"] == ["last", "best"]
    assert words["values"]["use_bias"] == ["true", "false"]
