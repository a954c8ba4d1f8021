"""Where results lie: run folders, records and files, every one of them replaced atomically."""
