"""The command line `python -m ml`, one command per file."""
