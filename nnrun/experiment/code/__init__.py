"""Code of the user's own: the files that an experiment names, and the parts that they define."""
