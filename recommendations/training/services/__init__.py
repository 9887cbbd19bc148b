"""Write operations of model runs."""
