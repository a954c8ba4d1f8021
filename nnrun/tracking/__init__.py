"""Trackers: what a run tells TensorBoard and MLflow while it trains and when it ends."""
