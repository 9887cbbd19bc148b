"""Template tags for forms."""
