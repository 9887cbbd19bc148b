"""The wall of posters in three dimensions: its scene, written by the site itself."""
