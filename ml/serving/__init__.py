"""Scoring, re-ranking and explaining with a trained model. NumPy only."""
