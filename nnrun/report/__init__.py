"""What people look at when a run is done: its predictions as a table, its pictures."""
