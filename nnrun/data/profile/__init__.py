"""What data hold, as plain records: columns, classes, repeated rows, and what looks wrong."""
