"""The predictions of a trained model, in the units of the data and with the names of its classes."""
