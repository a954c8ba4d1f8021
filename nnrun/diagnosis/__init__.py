"""Training diagnostics: evidence in arrays, one rule per finding with its numbers, and a remedy to type.

The rules are conservative: a healthy run gets no warnings. docs/diagnosis.md lists them with their thresholds.
"""
