"""Many runs of one experiment: the plan of their trials, their training, and their results."""
