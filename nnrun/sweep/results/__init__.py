"""What the trials of a sweep come to: outcomes, tables, statistics, comparison, report."""
