"""YAML text to plain values with their places, overrides from the command line, and values back to text."""
