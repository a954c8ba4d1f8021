"""From raw rows to what a network takes: words, scales and one-hot targets, fitted on the training rows alone."""
