"""REST API of runs and model versions."""
