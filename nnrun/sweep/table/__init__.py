"""The trials of a sweep without folders of their own: arrays in blocks while it runs, and a table at its end."""
