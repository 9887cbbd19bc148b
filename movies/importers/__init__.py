"""One importer per source, and what they share."""
