"""Data larger than memory: rows on disk, read in buffers in a bounded shuffle."""
