"""What an experiment file may say: the catalogue of components, the JSON Schema, a document held against it."""
