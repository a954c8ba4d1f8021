"""Many runs of one experiment: which trials there are, their training, what they say together."""
