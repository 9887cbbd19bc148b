"""A PostgreSQL backend whose statements end within a time limit, whatever the server does."""
