"""The REST API of recommendations."""
