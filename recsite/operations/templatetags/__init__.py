"""Template tags about the site itself."""
