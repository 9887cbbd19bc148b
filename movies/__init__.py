"""The domain: films, genres, ratings and lists, with their pages, API and importers."""
