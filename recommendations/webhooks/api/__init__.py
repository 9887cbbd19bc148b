"""REST API of webhooks and their deliveries."""
