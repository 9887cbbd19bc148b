"""Template tags of the online numbers page."""
