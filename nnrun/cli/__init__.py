"""The terminal alone: parse, call one plain function, print; one file per command."""
