"""Reads: recommendations, similar films, taste, the wall, runs."""
