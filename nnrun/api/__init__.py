"""The Python interface: what `import nnrun` offers."""
