"""HTML pages of recommendations."""
