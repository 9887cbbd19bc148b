"""What templates may ask of recommendations."""
