"""What may be asked of the catalogue: every read passes here."""
