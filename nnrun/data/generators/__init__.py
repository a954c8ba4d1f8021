"""One file per generator: its arguments, its columns, known without NumPy, and its rows."""
