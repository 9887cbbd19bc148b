"""Drawn posters, for films of which there is no picture.

A poster is a composition in a palette, both of the film's mood, and its title as letters cut from
outlines. The same film gives the same poster on every machine.
"""

from movies.posters.compositions.shapes import HEIGHT, WIDTH
from movies.posters.poster import draw_poster, is_series, motifs_for, split_title

__all__ = ["HEIGHT", "WIDTH", "draw_poster", "is_series", "motifs_for", "split_title"]
