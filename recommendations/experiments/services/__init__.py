"""Write operations of experiments."""
