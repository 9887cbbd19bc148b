"""Read operations of model runs."""
