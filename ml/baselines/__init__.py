"""Published recommenders that the served model is compared with, one file each."""
