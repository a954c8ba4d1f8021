"""Experiments to begin with: those that are shipped, and those proposed for a CSV file or a saved Keras model."""
