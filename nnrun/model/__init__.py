"""An `Experiment` in, a compiled Keras model out; the lowest layer that imports TensorFlow."""
