"""Writes: starting, stopping and activating runs; the model that is served."""
