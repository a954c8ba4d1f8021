"""An experiment for a saved Keras model: file → layers → components → training, data that stand in → text."""
