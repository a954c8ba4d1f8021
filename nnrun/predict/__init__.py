"""What a trained model says of rows, in the words and units of the data."""
