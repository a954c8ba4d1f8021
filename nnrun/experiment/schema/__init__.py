"""The catalog of components, the JSON Schema of experiment files, and the check of a document against it."""
