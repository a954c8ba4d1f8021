"""A compiled Keras model and arrays in, a trained model and its history out; knows no folders and prints nothing."""
