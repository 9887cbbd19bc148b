"""Impressions, reactions, traffic splits and the comparison of versions."""
