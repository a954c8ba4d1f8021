"""How the layers are wired, named and shaped, and whether outputs, losses and targets fit; without Keras."""
