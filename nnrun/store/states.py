"""The states in which a run can be found."""

STATES = ("running", "completed", "failed", "interrupted", "died", "pruned", "damaged")
