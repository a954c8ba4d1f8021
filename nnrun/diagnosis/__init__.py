"""What ails a training, in words: evidence in arrays, a rule with its numbers per finding, a remedy to type.

The rules are conservative: a healthy training hears nothing. docs/diagnosis.md has them all with their thresholds.
"""
