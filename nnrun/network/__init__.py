"""The wiring, names and shapes of the layers, and whether outputs, losses and targets fit together; without Keras."""
