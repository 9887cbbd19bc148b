"""Compositions: each draws a sheet and leaves a flat place for the title."""
