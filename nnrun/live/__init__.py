"""`nnrun live`: a page on this machine that trains an experiment file at every save."""
