"""From rows to a training, a validation and a test set."""
