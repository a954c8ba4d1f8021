"""All runs of a folder: found by name, listed, filtered, compared, tagged and removed; works without TensorFlow."""
