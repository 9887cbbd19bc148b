"""Management commands of model runs."""
