"""A search: which trials are drawn, and what they are compared by."""
