"""Models in memory: the registry, candidates, query embedding. NumPy only."""
