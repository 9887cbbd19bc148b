"""Tokens, export and members for other programs; who may do what."""
