"""Experiment files as tests: found, trained in processes side by side, judged, and reported."""
