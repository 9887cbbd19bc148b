"""Worker code: stages, shards and products of a run. May load torch."""
