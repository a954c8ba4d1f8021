"""The conditions of `expect:` on a finished run: what they are made of, how they are read, and what they may name."""
