"""Webhooks: other programs are told of events over HTTP."""
