"""A process that holds TensorFlow for other commands: its key, its socket, and both ends of the connection."""
