"""Files of data, read."""
