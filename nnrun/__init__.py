"""nnrun trains the neural network that a YAML file describes and keeps all there is to know of it in a run folder."""

__version__ = "0.2.0"
