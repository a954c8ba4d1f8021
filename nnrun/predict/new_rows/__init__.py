"""Rows that a trained model has not seen: from a file, arrays or a text, checked against its columns; no TensorFlow."""
