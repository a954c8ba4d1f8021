"""Taking a trained run away: as a file of another format, or as a program that trains it without nnrun."""
