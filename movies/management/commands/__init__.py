"""Imports, and the reports of them."""
