"""Recommenders, one file each, and the training of the fused one. Web processes never load it."""
