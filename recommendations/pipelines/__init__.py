"""What only a worker does: database rows to files, stages, products to the database."""
