"""Ratings as arrays: labels, sampling, splits and genres. NumPy only."""
