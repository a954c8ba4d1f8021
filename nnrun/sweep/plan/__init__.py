"""From an experiment file and options to trials, and to the groups and shards in which they are trained."""
