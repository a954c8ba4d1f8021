"""A model as formulas with its own numbers, and one training step by hand, held against Keras's own."""
