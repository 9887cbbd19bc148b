"""What templates ask about training."""
