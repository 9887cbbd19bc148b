"""Orchestration: the only place that knows the films, the people and the models."""
