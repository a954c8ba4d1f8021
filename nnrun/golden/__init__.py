"""Golden files: what an experiment does over many seeds, frozen, and held against its later runs."""
