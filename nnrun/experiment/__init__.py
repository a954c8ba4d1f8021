"""Experiment files: from YAML text to a checked `Experiment`, without TensorFlow and NumPy."""
