"""What templates need said of films."""
