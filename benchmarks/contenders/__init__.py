"""What trains the rows: each file holds the contenders of one library, and runs in a process of its own."""
