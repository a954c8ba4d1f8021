"""Samples of several rows of a series, cut from prepared rows within each data set."""
