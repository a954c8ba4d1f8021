"""The results of a sweep: outcomes, tables, statistics, comparison, report, merging."""
