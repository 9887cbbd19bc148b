"""HTML pages of model runs, for staff."""
