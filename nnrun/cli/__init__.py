"""The command line: every command parses, calls one plain function and prints; one file per command."""
