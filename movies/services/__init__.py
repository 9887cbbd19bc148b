"""What may be done to the catalogue: every write passes here."""
