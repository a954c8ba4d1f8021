"""Data: a generator and a random generator in, arrays out; no TensorFlow."""
