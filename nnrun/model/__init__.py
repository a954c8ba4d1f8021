"""An `Experiment` in, a compiled Keras model out; the lowest room that reaches TensorFlow."""
