"""Training of the served model. Needs torch and SciPy; never loaded by a web process."""
