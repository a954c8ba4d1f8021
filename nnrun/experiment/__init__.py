"""What is asked: YAML text in, a checked `Experiment` out; no TensorFlow, no NumPy."""
